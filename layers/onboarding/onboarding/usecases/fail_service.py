"""End a service after a fault that no retry cured, and tell the ticket that an operator has it."""

from typing import Any

from onboarding.domain.service import SERVICE_NAMES, ServiceState
from onboarding.ports import Clock
from onboarding.usecases.current_service import Store, move_to

MAX_DETAIL = 300
"""Characters of a fault's text that are kept; the whole of it is in the log."""


def fail_service(
    request_id: str, error: str, cause: str, *, store: Store, clock: Clock
) -> dict[str, Any]:
    """``{"state": "failed"}``. A service that has ended already stays as it ended."""
    why = f"A fault stopped the work: {error}: {cause}"[:MAX_DETAIL]
    stored = move_to(store, request_id, ServiceState.FAILED, why, clock)
    if stored.state is ServiceState.FAILED:
        store.comment(
            stored.request.ticket,
            f"service-failed-{request_id}",
            f"{SERVICE_NAMES[stored.request.service]} could not be set up because of a fault on "
            "our side. The operator has been alarmed; asked for again in this ticket, it is taken "
            "up where it was left.",
            clock.now(),
        )
    return {"state": stored.state.value}
