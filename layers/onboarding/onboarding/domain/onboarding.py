"""A sending domain and the request that is being worked on for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.addresses import is_address
from onboarding.domain.lifecycle import ENDS, State, may_become

if TYPE_CHECKING:
    from onboarding.domain.records import Record
    from onboarding.domain.request import OnboardingRequest, Ticket
    from onboarding.domain.responsibility import Holding, Period
    from onboarding.domain.schedule import Progress


class AccountKind(StrEnum):
    """An organisation's first account, or one more that insulates a reputation."""

    BASIC = "basic"
    ADDITIONAL = "additional"


class Slot(StrEnum):
    """Whose allowance a domain counts against: its account's, or its organisation's pool."""

    ACCOUNT = "account"
    POOL = "pool"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer. ``override`` is laid over its plan; see ``domain.plan``."""

    organisation_id: str
    plan: str = "basic"
    override: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """An XES account: isolated in reputation, owned by an organisation.

    ``contact_email`` receives the records where a ticket names nobody;
    ``configuration_set`` is the SES one that the account's mail is sent with.
    """

    account_id: str
    organisation_id: str
    contact_email: str | None = None
    configuration_set: str | None = None
    kind: AccountKind = AccountKind.BASIC


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a domain's timeline: when, what, why and by whom."""

    at: datetime
    what: str
    why: str
    by: str = "system"


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request as it was accepted; ``attempt`` counts from 1 within its ticket and subject,
    ``restarts`` how often its workflow was lost and started once more. ``why`` says why it came to
    its ``outcome``."""

    request_id: str
    request: OnboardingRequest
    received_at: datetime
    attempt: int = 1
    outcome: State | None = None
    restarts: int = 0
    why: str = ""

    @property
    def execution_name(self) -> str:
        request = self.request
        return execution_name(request.ticket, request.subject, self.attempt, self.restarts)


@dataclass(frozen=True, slots=True)
class SendingDomain:
    """What is known of a domain. ``version`` counts the writes, for optimistic locking.

    ``report`` is the last check in the shape that ``xes check --json`` prints, ``summary`` its
    sentence. ``previous_account`` is the account that held the domain when an earlier onboarding
    ended without success, ``previous_request`` the request that an agent's approval took it from.
    ``slot`` is the allowance that it counts against; the store counts, and gives it back when the
    domain ends. ``leaving`` says that it was off-boarded and its identity is still to be deleted.
    ``responsibility`` has the times in which a customer answered for bounces and complaints, oldest
    first, whichever request they came by. ``holdings`` says whose it was from when on.
    ``joining`` is the request whose identity SES holds, as long as the tenant has not got it yet.
    """

    domain: str
    account_id: str
    organisation_id: str
    request_id: str
    ticket: Ticket
    contact_email: str
    state: State
    since: datetime
    version: int = 0
    mail_from: str | None = None
    records: tuple[Record, ...] = ()
    progress: Progress | None = None
    report: Mapping[str, Any] | None = None
    summary: str | None = None
    previous_account: str | None = None
    previous_request: str | None = None
    slot: Slot | None = None
    leaving: bool = False
    responsibility: tuple[Period, ...] = ()
    holdings: tuple[Holding, ...] = ()
    joining: str | None = None

    @property
    def held_slot(self) -> Slot | None:
        """The slot that is counted: what has ended holds none."""
        return None if self.state in ENDS else self.slot

    def become(self, state: State, at: datetime) -> SendingDomain:
        """The domain in ``state``; raises ``ValueError`` for a step that is not allowed."""
        if not may_become(self.state, state):
            raise ValueError(f"{self.domain} is {self.state}: it cannot become {state}")
        return replace(self, state=state, since=at, slot=None if state in ENDS else self.slot)


_UNSAFE_IN_NAME: Final = re.compile(r"[^A-Za-z0-9-]+")


def execution_name(ticket: Ticket, subject: str, attempt: int, restarts: int = 0) -> str:
    """The workflow execution's name: the same ticket and domain (or address) always give the same
    one, so a repeated start is refused by Step Functions itself (names are unique for 90 days).

    At most 80 characters of ``A-Za-z0-9-_`` (StartExecution); the readable part is for people,
    the digest keeps distinct what the readable part folds together, and stands for an address:
    names are logged, and addresses are not.
    """
    identity = f"{ticket.source}\n{ticket.ticket_id}\n{subject}"
    digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
    shown = "address" if is_address(subject) else subject
    readable = _UNSAFE_IN_NAME.sub("-", f"{ticket.source}-{ticket.ticket_id}-{shown}")[:50]
    number = f"{attempt}-{restarts}" if restarts else f"{attempt}"
    return f"{readable}_{digest}_{number}"
