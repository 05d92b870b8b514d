"""A sender address and the request that is being worked on for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from onboarding.domain.lifecycle import FORWARD_OF_ADDRESSES, State, may_become

if TYPE_CHECKING:
    from onboarding.domain.address_schedule import LinkProgress
    from onboarding.domain.request import Ticket
    from onboarding.domain.responsibility import Holding


@dataclass(frozen=True, slots=True)
class SenderAddress:
    """What is known of a single address that mail is to be sent from.

    ``version`` counts the writes, for optimistic locking. ``covered_by`` names the domain whose
    verification made the address's own one needless: the address holds nothing by itself then.
    ``previous_account`` is the account that held it when an earlier onboarding ended without
    success. ``holdings`` says whose it was from when on, oldest first.
    """

    address: str
    account_id: str
    organisation_id: str
    request_id: str
    ticket: Ticket
    contact_email: str
    state: State
    since: datetime
    version: int = 0
    progress: LinkProgress | None = None
    covered_by: str | None = None
    previous_account: str | None = None
    holdings: tuple[Holding, ...] = ()

    def become(self, state: State, at: datetime) -> SenderAddress:
        """The address in ``state``; raises ``ValueError`` for a step that is not allowed, without
        naming the address: messages are logged."""
        if not may_become(self.state, state, FORWARD_OF_ADDRESSES):
            raise ValueError(f"the address is {self.state}: it cannot become {state}")
        return replace(self, state=state, since=at)
