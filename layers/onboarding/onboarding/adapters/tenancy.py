"""Tenants and configuration sets of Amazon SES (``sesv2``) as the port ``Tenancy``."""

from collections.abc import Callable, Mapping
from typing import Any

from onboarding.adapters.ses import ACCOUNT_TAG, SesControl
from onboarding.domain.provisioning import SUPPRESSED_REASONS, EventDestination, Isolation
from onboarding.port_errors import AlreadyExists

_OWN_SUPPRESSION = {"SuppressedReasons": [*SUPPRESSED_REASONS], "SuppressionScope": "TENANT"}


class SesTenancy(SesControl):
    """Implements ``Tenancy``."""

    def create_tenant(self, name: str, account_id: str) -> None:
        self._create(self._client.create_tenant, TenantName=name, Tags=_tags(account_id))

    def tenant(self, name: str) -> Isolation | None:
        held = self._held(self._client.get_tenant, TenantName=name)
        if held is None:
            return None
        tenant = held["Tenant"]
        suppression = tenant.get("SuppressionAttributes", {})
        return Isolation(name, _account(tenant), _is_apart(suppression))

    def create_configuration_set(self, name: str, account_id: str) -> None:
        self._create(
            self._client.create_configuration_set,
            ConfigurationSetName=name,
            # Figures of its own for bounces and complaints, beside the tenant's.
            ReputationOptions={"ReputationMetricsEnabled": True},
            Tags=_tags(account_id),
        )

    def configuration_set(self, name: str) -> Isolation | None:
        held = self._held(self._client.get_configuration_set, ConfigurationSetName=name)
        if held is None:
            return None
        suppression = held.get("SuppressionOptions", {})
        pool = held.get("DeliveryOptions", {}).get("SendingPoolName")
        return Isolation(name, _account(held), _is_apart(suppression), pool)

    def create_event_destination(
        self, configuration_set: str, name: str, destination: EventDestination
    ) -> None:
        self._create(
            self._client.create_configuration_set_event_destination,
            ConfigurationSetName=configuration_set,
            EventDestinationName=name,
            EventDestination=_definition(destination),
        )

    def event_destination(self, configuration_set: str, name: str) -> EventDestination | None:
        held = self._call(
            self._client.get_configuration_set_event_destinations,
            ConfigurationSetName=configuration_set,
        )
        found = (d for d in held["EventDestinations"] if d["Name"] == name)
        return next((_destination(definition) for definition in found), None)

    def change_event_destination(
        self, configuration_set: str, name: str, destination: EventDestination
    ) -> None:
        self._call(
            self._client.update_configuration_set_event_destination,
            ConfigurationSetName=configuration_set,
            EventDestinationName=name,
            EventDestination=_definition(destination),
        )

    def associate_configuration_set(self, tenant: str, configuration_set: str) -> bool:
        return self._associate(tenant, "configuration-set", configuration_set)

    def keep_suppression_apart(self, tenant: str, configuration_set: str) -> None:
        self._call(
            self._client.put_tenant_suppression_attributes, TenantName=tenant, **_OWN_SUPPRESSION
        )
        self._call(
            self._client.put_configuration_set_suppression_options,
            ConfigurationSetName=configuration_set,
            **_OWN_SUPPRESSION,
        )

    def pool_exists(self, pool: str) -> bool:
        return self._held(self._client.get_dedicated_ip_pool, PoolName=pool) is not None

    def send_through(self, configuration_set: str, pool: str) -> None:
        held = self._call(
            self._client.get_configuration_set, ConfigurationSetName=configuration_set
        )
        # The call replaces all of them: the others go back as they are.
        options = {**held.get("DeliveryOptions", {}), "SendingPoolName": pool}
        self._call(
            self._client.put_configuration_set_delivery_options,
            ConfigurationSetName=configuration_set,
            **options,
        )

    def pause_sending(self, tenant: str) -> None:
        self._switch(tenant, "DISABLED")

    def resume_sending(self, tenant: str) -> None:
        self._switch(tenant, "ENABLED")

    def _switch(self, tenant: str, status: str) -> None:
        held = self._call(self._client.get_tenant, TenantName=tenant)["Tenant"]
        self._call(
            self._client.update_reputation_entity_customer_managed_status,
            ReputationEntityType="RESOURCE",
            ReputationEntityReference=held["TenantArn"],
            SendingStatus=status,
        )

    def _create(self, operation: Callable[..., Any], **arguments: Any) -> None:
        try:
            self._call(operation, **arguments)
        except self._client.exceptions.AlreadyExistsException as error:
            raise AlreadyExists(str(error)) from error

    def _held(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return self._call(operation, **arguments)
        except self._client.exceptions.NotFoundException:
            return None


def _tags(account_id: str) -> list[dict[str, str]]:
    return [{"Key": ACCOUNT_TAG, "Value": account_id}]


def _account(held: Mapping[str, Any]) -> str | None:
    tags = {tag["Key"]: tag["Value"] for tag in held.get("Tags", ())}
    return tags.get(ACCOUNT_TAG)


def _is_apart(suppression: Mapping[str, Any]) -> bool:
    return suppression.get("SuppressionScope") == "TENANT" and set(
        suppression.get("SuppressedReasons", ())
    ) == {*SUPPRESSED_REASONS}


def _definition(destination: EventDestination) -> dict[str, Any]:
    return {
        "Enabled": destination.enabled,
        "MatchingEventTypes": sorted(destination.types),
        "SnsDestination": {"TopicArn": destination.topic},
    }


def _destination(definition: Mapping[str, Any]) -> EventDestination:
    return EventDestination(
        definition.get("SnsDestination", {}).get("TopicArn", ""),
        frozenset(definition["MatchingEventTypes"]),
        bool(definition.get("Enabled")),
    )
