"""End a service that cannot be had, and say why in its ticket."""

from typing import Any

from onboarding.domain.service import SERVICE_NAMES, ServiceState
from onboarding.ports import Clock
from onboarding.usecases.current_service import Store, move_to


def reject_service(
    request_id: str, code: str, reason: str, *, store: Store, clock: Clock
) -> dict[str, Any]:
    """``{"state": "refused", "code"}``."""
    stored = move_to(store, request_id, ServiceState.REFUSED, reason, clock)
    store.comment(
        stored.request.ticket,
        f"service-refused-{request_id}",
        f"{SERVICE_NAMES[stored.request.service]} was not set up. {reason}",
        clock.now(),
    )
    return {"state": stored.state.value, "code": code}
