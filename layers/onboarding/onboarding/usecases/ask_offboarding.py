"""A ticket asks that a domain be given up: check that it may, and start it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from onboarding.contracts import InvalidRequest, OffboardingData
from onboarding.domain.delivery import Accepted, Delivery
from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.refusal import FieldError
from onboarding.domain.request import Ticket

if TYPE_CHECKING:
    from onboarding.domain.onboarding import StoredRequest
    from onboarding.ports import Clock, DomainStore, RequestStore, Workflows

    class Store(RequestStore, DomainStore, Protocol):
        """What asking reads and writes."""


def ask_offboarding(
    data: OffboardingData, delivery: Delivery, *, store: Store, workflows: Workflows, clock: Clock
) -> Accepted:
    """The request whose domain is off-boarded, and whether it was this call that started it.

    Raises ``InvalidRequest`` where the account has no such domain: whose it is stays unsaid.
    """
    known = store.delivered(delivery)
    if known is not None:
        return Accepted(_stored(store, known), is_new=False)
    domain = store.domain(data.domain)
    if domain is None or domain.account_id != data.account_id:
        raise InvalidRequest(
            FieldError(
                "domain",
                "unknown_domain",
                f"{data.domain} is not set up for account {data.account_id}.",
            ),
            ticket_id=data.ticket_id,
        )
    if domain.state in ENDS and domain.state is not State.OFFBOARDED:
        raise InvalidRequest(
            FieldError(
                "domain",
                "already_ended",
                f"{data.domain} is {domain.state}: there is nothing to off-board.",
            ),
            ticket_id=data.ticket_id,
        )
    ticket = Ticket(delivery.source, data.ticket_id)
    started = domain.state is not State.OFFBOARDED and workflows.start_offboarding(
        domain, f"ticket {ticket}", ticket
    )
    store.note_delivery(delivery, domain.request_id, clock.now())
    return Accepted(_stored(store, domain.request_id), is_new=started)


def _stored(store: RequestStore, request_id: str) -> StoredRequest:
    stored = store.request(request_id)
    assert stored is not None  # a domain is held for a request that was accepted
    return stored
