"""End a request after a fault that no retry cured, and tell the ticket that an operator has it."""

from typing import Any

from onboarding.domain.lifecycle import State
from onboarding.ports import Clock
from onboarding.usecases.current import stored_request, subject_of
from onboarding.usecases.reject_request import Store, end_subject

MAX_DETAIL = 300
"""Characters of a fault's text that go onto the timeline; the whole of it is in the log."""


def fail_request(
    request_id: str, error: str, cause: str, *, store: Store, clock: Clock
) -> dict[str, Any]:
    """``{"state": "failed", "superseded": false}``. What is verified already stays so; a domain
    that was off-boarded meanwhile is no failure."""
    stored = stored_request(store, request_id)
    if stored.outcome is State.OFFBOARDED:
        return {"state": State.OFFBOARDED.value, "superseded": True}
    subject = subject_of(store, stored)
    # An address that its domain covers is verified without ever having been claimed.
    state = stored.outcome if subject is None else subject.state
    if state is State.VERIFIED:
        return {"state": State.VERIFIED.value, "superseded": False}
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
    return {"state": State.FAILED.value, "superseded": False}
