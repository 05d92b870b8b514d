"""Create the configuration set that the account's mail is sent with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onboarding.domain.provisioning import ses_name
from onboarding.port_errors import AlreadyExists
from onboarding.usecases.current_service import stored_service, update_provisioned

if TYPE_CHECKING:
    from onboarding.ports import ServiceStore, Tenancy


def create_configuration_set(
    request_id: str, *, store: ServiceStore, tenancy: Tenancy
) -> dict[str, Any]:
    """``{"created": true, "configuration_set"}``, or ``{"created": false, "code", "reason"}`` where
    SES holds a set of the name that is not this account's."""
    account_id = stored_service(store, request_id).request.subject
    name = ses_name(account_id)
    if not _is_ours(name, account_id, tenancy):
        return {
            "created": False,
            "code": "configuration_set_of_somebody_else",
            "reason": f"Amazon SES already holds a configuration set {name}, and not for this "
            "account. An operator has to find out whose it is before the account can be "
            "provisioned.",
        }
    update_provisioned(store, account_id, lambda found: replace(found, configuration_set=name))
    return {"created": True, "configuration_set": name}


def _is_ours(name: str, account_id: str, tenancy: Tenancy) -> bool:
    try:
        tenancy.create_configuration_set(name, account_id)
    except AlreadyExists:
        existing = tenancy.configuration_set(name)
        if existing is None:
            # Deleted between the two calls: the workflow's retry creates it.
            raise
        return existing.account_id == account_id
    return True
