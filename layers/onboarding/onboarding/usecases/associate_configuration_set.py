"""Let the account's tenant send with the account's configuration set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onboarding.usecases.current_service import isolated, stored_service

if TYPE_CHECKING:
    from onboarding.ports import ServiceStore, Tenancy


def associate_configuration_set(
    request_id: str, *, store: ServiceStore, tenancy: Tenancy
) -> dict[str, Any]:
    """``{"associated": true}``, whether now or before."""
    tenant, configuration_set = isolated(store, stored_service(store, request_id).request.subject)
    tenancy.associate_configuration_set(tenant, configuration_set)
    return {"associated": True}
