"""End a request after a fault that no retry cured, and tell the ticket that an operator has it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.lifecycle import ESTABLISHED, State
from onboarding.usecases.current import stored_request, subject_of
from onboarding.usecases.reject_request import end_subject

if TYPE_CHECKING:
    from onboarding.domain.onboarding import StoredRequest
    from onboarding.ports import Clock
    from onboarding.usecases.reject_request import Store

UNTOLD: Final = timedelta(days=1)
"""How long it is tried again to tell a contact what has become of the request."""

MAX_DETAIL: Final = 300
"""Characters of a fault's text that go onto the timeline; the whole of it is in the log."""


def fail_request(
    request_id: str, error: str, cause: str, *, store: Store, clock: Clock
) -> dict[str, Any]:
    """``{"state": "failed", "superseded": false}``. A domain that was off-boarded meanwhile is no
    failure. What is verified, or has expired, stays so: only the telling has failed, and it is
    tried again by another workflow for ``UNTOLD``."""
    stored = stored_request(store, request_id)
    if stored.outcome is State.OFFBOARDED:
        return {"state": State.OFFBOARDED.value, "superseded": True}
    subject = subject_of(store, stored)
    # An address that its domain covers is verified without ever having been claimed.
    state = stored.outcome if subject is None else subject.state
    if state in ESTABLISHED or state is State.EXPIRED:
        if subject is None or clock.now() - subject.since >= UNTOLD:
            _give_up_telling(stored, state, store, clock)
        return {"state": state.value, "superseded": False}
    why = f"A fault stopped the work: {error}: {cause}"[:MAX_DETAIL]
    store.close_request(request_id, State.FAILED, why, clock.now())
    end_subject(stored, State.FAILED, why, store, clock)
    store.comment(
        stored.request.ticket,
        f"failed-{request_id}",
        f"{stored.request.subject} could not be set up because of a fault on our side. The "
        "operator has been alarmed; nothing has to be done at the customer's.",
        clock.now(),
        public=True,
    )
    store.settle_request(request_id)
    return {"state": State.FAILED.value, "superseded": False}


def _give_up_telling(stored: StoredRequest, state: State, store: Store, clock: Clock) -> None:
    """Tell the ticket, whose comments wait for as long as they have to."""
    verified = state in ESTABLISHED
    outcome = State.VERIFIED if verified else State.EXPIRED
    became = "is verified: e-mail can be sent from it." if verified else "was not set up in time."
    request_id = stored.request_id
    store.close_request(request_id, outcome, f"It was {outcome}, then a fault came.", clock.now())
    store.comment(
        stored.request.ticket,
        f"{outcome}-{request_id}",
        f"{stored.request.subject} {became} Because of a fault on our side it is not certain that "
        "the contact was told; the operator has been alarmed.",
        clock.now(),
        public=True,
    )
    store.settle_request(request_id)
