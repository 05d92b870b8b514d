"""Let SES publish the bounces and complaints of the account's mail to the feedback topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onboarding.domain.provisioning import FEEDBACK_DESTINATION, EventDestination
from onboarding.port_errors import AlreadyExists
from onboarding.usecases.current_service import isolated, stored_service

if TYPE_CHECKING:
    from onboarding.ports import ServiceStore, Tenancy


def create_event_destination(
    request_id: str, *, store: ServiceStore, tenancy: Tenancy, topic: str
) -> dict[str, Any]:
    """``{"created": bool, "changed": bool}``. One that is there and differs is set right: the name
    is ours alone."""
    _, configuration_set = isolated(store, stored_service(store, request_id).request.subject)
    wanted = EventDestination(topic)
    try:
        tenancy.create_event_destination(configuration_set, FEEDBACK_DESTINATION, wanted)
    except AlreadyExists:
        existing = tenancy.event_destination(configuration_set, FEEDBACK_DESTINATION)
        changed = existing != wanted
        if changed:
            tenancy.change_event_destination(configuration_set, FEEDBACK_DESTINATION, wanted)
        return {"created": False, "changed": changed}
    return {"created": True, "changed": False}
