"""Keep the account's suppression list apart from those of the other accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onboarding.usecases.current_service import isolated, stored_service

if TYPE_CHECKING:
    from onboarding.ports import ServiceStore, Tenancy


def separate_suppression(
    request_id: str, *, store: ServiceStore, tenancy: Tenancy
) -> dict[str, Any]:
    """``{"changed": bool}``: what SES has so already is not put again."""
    tenant, configuration_set = isolated(store, stored_service(store, request_id).request.subject)
    held = (tenancy.tenant(tenant), tenancy.configuration_set(configuration_set))
    if all(found is not None and found.own_suppression for found in held):
        return {"changed": False}
    tenancy.keep_suppression_apart(tenant, configuration_set)
    return {"changed": True}
