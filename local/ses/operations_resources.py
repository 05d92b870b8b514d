"""The operations on configuration sets and tenants."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from local.ses.errors import already_exists, bad_request, limit_exceeded, not_found
from local.ses.names import is_resource_name
from local.ses.paging import page
from local.ses.records import ConfigurationSet, Tenant
from local.ses.service import Service
from local.ses.tags import check_tags, require_resource, tag_list

MOST_CONFIGURATION_SETS: Final = 10_000
MOST_TENANTS: Final = 10_000
"""A region's limits ("Service quotas in Amazon SES", SES Developer Guide)."""

_SMALL_PAGE: Final = 100
_PAGE_MOST: Final = 1000
_OPTIONS: Final = (
    "TrackingOptions", "DeliveryOptions", "ReputationOptions", "SendingOptions",
    "SuppressionOptions", "VdmOptions", "ArchivingOptions", "MessageSecurityOptions",
)  # fmt: skip
_RESOURCE_TYPES: Final = {
    "identity": "EMAIL_IDENTITY",
    "configuration-set": "CONFIGURATION_SET",
    "template": "EMAIL_TEMPLATE",
}


async def create_configuration_set(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """CreateConfigurationSet."""
    name = arguments["ConfigurationSetName"]
    if not is_resource_name(name):
        raise bad_request(f"Invalid configuration set name <{name}>.")
    known = service.store.configuration_sets()
    if name not in known and len(known) >= MOST_CONFIGURATION_SETS:
        raise limit_exceeded(f"There are {MOST_CONFIGURATION_SETS} configuration sets already.")
    tags = check_tags(arguments.get("Tags", []))
    options = {key: arguments[key] for key in _OPTIONS if key in arguments}
    # SES itself sets the moment of the last fresh start.
    reputation = {"ReputationMetricsEnabled": False} | options.get("ReputationOptions", {})
    reputation.pop("LastFreshStart", None)
    options["ReputationOptions"] = reputation
    options["SendingOptions"] = {"SendingEnabled": True} | options.get("SendingOptions", {})
    service.store.add_configuration_set(ConfigurationSet(name, options))
    service.store.put_tags(service.arn("configuration-set", name), tags)
    service.journal.write("configuration_set.created", configuration_set=name)
    return {}


async def get_configuration_set(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """GetConfigurationSet."""
    name = arguments["ConfigurationSetName"]
    service.require_configuration_set(name)
    found = service.store.configuration_set(name)
    tags = tag_list(service.store.tags(service.arn("configuration-set", name)))
    return {"ConfigurationSetName": name, "Tags": tags, **(found.options if found else {})}


async def list_configuration_sets(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """ListConfigurationSets, by name."""
    wanted = arguments.get("Filter", {}).get("CONFIGURATION_SET_NAME_CONTAINS", "")
    names = [name for name in service.store.configuration_sets() if wanted in name]
    items, token = page(names, str, arguments, _SMALL_PAGE, _PAGE_MOST)
    return {"ConfigurationSets": items, "NextToken": token}


async def delete_configuration_set(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """DeleteConfigurationSet."""
    name = arguments["ConfigurationSetName"]
    arn = service.arn("configuration-set", name)
    if not service.store.delete_configuration_set(name, arn):
        raise not_found(f"Configuration set <{name}> does not exist.")
    service.journal.write("configuration_set.deleted", configuration_set=name)
    return {}


async def create_tenant(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """CreateTenant."""
    name = arguments["TenantName"]
    if not is_resource_name(name):
        raise bad_request(f"Invalid tenant name <{name}>.")
    if service.store.tenant(name) is None and len(service.store.tenants()) >= MOST_TENANTS:
        raise limit_exceeded(f"There are {MOST_TENANTS} tenants already.")
    tags = check_tags(arguments.get("Tags", []))
    tenant = Tenant(
        name, f"tn-{uuid.uuid4().hex}", service.clock.now(), arguments.get("SuppressionAttributes")
    )
    service.store.add_tenant(tenant)
    service.store.put_tags(service.tenant_arn(tenant), tags)
    service.journal.write("tenant.created", tenant=name)
    return _tenant(service, tenant)


def _tenant_info(service: Service, tenant: Tenant) -> dict[str, Any]:
    return {
        "TenantName": tenant.name,
        "TenantId": tenant.id,
        "TenantArn": service.tenant_arn(tenant),
        "CreatedTimestamp": tenant.created_at,
        "SendingStatus": service.store.setting(_switch(tenant.name)) or "ENABLED",
    }


def _switch(tenant: str) -> str:
    return f"sending of tenant {tenant}"


def is_paused(service: Service, tenant: str) -> bool:
    """Whether its owner has paused the tenant."""
    return service.store.setting(_switch(tenant)) == "DISABLED"


async def update_customer_status(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """UpdateReputationEntityCustomerManagedStatus, of a tenant."""
    arn = arguments["ReputationEntityReference"]
    found = [t for t in service.store.tenants() if service.tenant_arn(t) == arn]
    if not found:
        raise not_found(f"Reputation entity <{arn}> does not exist.")
    status = arguments["SendingStatus"]
    service.store.put_setting(_switch(found[0].name), status)
    service.journal.write("tenant.sending", tenant=found[0].name, status=status)
    return {}


def _tenant(service: Service, tenant: Tenant) -> dict[str, Any]:
    return {
        **_tenant_info(service, tenant),
        "Tags": tag_list(service.store.tags(service.tenant_arn(tenant))),
        "SuppressionAttributes": tenant.suppression,
    }


async def get_tenant(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """GetTenant."""
    return {"Tenant": _tenant(service, service.tenant(arguments["TenantName"]))}


async def list_tenants(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """ListTenants, by name."""
    wanted = arguments.get("Filter", {})
    infos = [
        _tenant_info(service, tenant)
        for tenant in service.store.tenants()
        if wanted.get("TENANT_NAME_CONTAINS", "") in tenant.name
        and wanted.get("SENDING_STATUS", "ENABLED") == "ENABLED"
    ]
    items, token = page(infos, lambda info: info["TenantName"], arguments, _SMALL_PAGE, _PAGE_MOST)
    return {"Tenants": items, "NextToken": token}


async def put_tenant_suppression(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """PutTenantSuppressionAttributes."""
    tenant = service.tenant(arguments["TenantName"])
    attributes = {key: value for key, value in arguments.items() if key != "TenantName"}
    service.store.change_suppression(tenant.name, attributes)
    service.journal.write("tenant.suppression", tenant=tenant.name, attributes=attributes)
    return {}


async def delete_tenant(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """DeleteTenant: its associations go, its resources stay."""
    tenant = service.tenant(arguments["TenantName"])
    service.store.delete_tenant(tenant.name, service.tenant_arn(tenant))
    service.journal.write("tenant.deleted", tenant=tenant.name)
    return {}


async def create_association(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """CreateTenantResourceAssociation."""
    tenant = service.tenant(arguments["TenantName"])
    arn = require_resource(service, arguments["ResourceArn"])
    if _resource_type(arn) is None:
        raise bad_request(f"Resource <{arn}> cannot be associated with a tenant.")
    if not service.store.associate(tenant.name, arn):
        raise already_exists(f"Resource <{arn}> is associated with the tenant already.")
    service.journal.write("tenant.associated", tenant=tenant.name, arn=arn)
    return {}


async def delete_association(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """DeleteTenantResourceAssociation."""
    tenant, arn = service.tenant(arguments["TenantName"]), arguments["ResourceArn"]
    if not service.store.dissociate(tenant.name, arn):
        raise not_found(f"Resource <{arn}> is not associated with the tenant.")
    service.journal.write("tenant.dissociated", tenant=tenant.name, arn=arn)
    return {}


async def list_tenant_resources(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """ListTenantResources, by ARN."""
    tenant = service.tenant(arguments["TenantName"])
    wanted = arguments.get("Filter", {}).get("RESOURCE_TYPE")
    resources = [
        {"ResourceType": _resource_type(arn), "ResourceArn": arn}
        for arn in service.store.tenant_resources(tenant.name)
        if wanted in (None, _resource_type(arn))
    ]
    items, token = page(
        resources, lambda item: item["ResourceArn"] or "", arguments, _SMALL_PAGE, _PAGE_MOST
    )
    return {"TenantResources": items, "NextToken": token}


def _resource_type(arn: str) -> str | None:
    return _RESOURCE_TYPES.get(arn.split(":", 5)[-1].partition("/")[0])
