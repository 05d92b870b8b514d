"""End a service after a fault that no retry cured, and tell the ticket that an operator has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onboarding.domain.service import SERVICE_NAMES, ServiceState, StoredService
from onboarding.usecases.current_service import end_in

if TYPE_CHECKING:
    from onboarding.ports import Clock
    from onboarding.usecases.current_service import Store

MAX_DETAIL = 300
"""Characters of a fault's text that are kept; the whole of it is in the log."""


def fail_service(
    request_id: str, error: str, cause: str, *, store: Store, clock: Clock
) -> dict[str, Any]:
    """``{"state": "failed"}``. A service that has ended already stays as it ended."""
    why = f"A fault stopped the work: {error}: {cause}"[:MAX_DETAIL]
    stored = end_in(store, request_id, ServiceState.FAILED, why, clock, _text)
    return {"state": stored.state.value}


def _text(stored: StoredService) -> str:
    return (
        f"{SERVICE_NAMES[stored.request.service]} could not be set up because of a fault on our "
        "side. The operator has been alarmed; asked for again in this ticket, it is taken up where "
        "it was left."
    )
