"""End a service that cannot be had, and say why in its ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onboarding.domain.service import SERVICE_NAMES, ServiceState
from onboarding.usecases.current_service import end_in

if TYPE_CHECKING:
    from onboarding.ports import Clock
    from onboarding.usecases.current_service import Store


def reject_service(
    request_id: str, code: str, reason: str, *, store: Store, clock: Clock
) -> dict[str, Any]:
    """``{"state": "refused", "code"}``."""
    stored = end_in(
        store,
        request_id,
        ServiceState.REFUSED,
        reason,
        clock,
        lambda found: f"{SERVICE_NAMES[found.request.service]} was not set up. {reason}",
    )
    return {"state": stored.state.value, "code": code}
