"""End a request that cannot be fulfilled, and say why in its ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.onboarding import Entry, StoredRequest
from onboarding.usecases.current import (
    Subject,
    Superseded,
    stored_request,
    update,
    update_address,
)

if TYPE_CHECKING:
    from onboarding.ports import AddressStore, Clock, DomainStore, RequestStore, Tickets

    class Store(RequestStore, DomainStore, AddressStore, Tickets, Protocol):
        """What rejecting reads and writes."""


def reject_request(
    request_id: str, code: str, reason: str, *, store: Store, clock: Clock
) -> dict[str, Any]:
    """``{"state": "rejected", "code"}``. One that was off-boarded meanwhile is left as it is."""
    stored = stored_request(store, request_id)
    if stored.outcome is State.OFFBOARDED:
        return {"state": State.OFFBOARDED.value, "code": code}
    store.close_request(request_id, State.REJECTED, reason, clock.now())
    end_subject(stored, State.REJECTED, reason, store, clock)
    store.comment(
        stored.request.ticket,
        f"rejected-{request_id}",
        f"{stored.request.subject} was not set up. {reason}",
        clock.now(),
    )
    store.settle_request(request_id)
    return {"state": State.REJECTED.value, "code": code}


def end_subject(stored: StoredRequest, end: State, why: str, store: Store, clock: Clock) -> None:
    """Give the domain or address up where this request holds it; leave it alone where another one
    does."""

    def ended(found: Subject) -> tuple[Subject, tuple[Entry, ...]] | None:
        if found.state in ENDS:
            return None  # an end stays the one it is, so that a later fault can still be told
        now = clock.now()
        return found.become(end, now), (Entry(now, end.value, why),)

    try:
        if stored.request.address is None:
            update(store, stored.request.domain, stored.request_id, ended)
        else:
            update_address(store, stored, ended)
    except Superseded:
        return  # never claimed, or another request's by now
