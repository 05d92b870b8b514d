"""The operations on how a configuration set delivers: event destinations, suppression, IP pools."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from local.ses.errors import bad_request, limit_exceeded, not_found
from local.ses.names import is_resource_name
from local.ses.paging import page
from local.ses.records import ConfigurationSet
from local.ses.service import Service
from local.ses.tags import check_tags

MOST_DESTINATIONS: Final = 10
"""Of one configuration set ("Service quotas in Amazon SES", SES Developer Guide)."""
MOST_POOLS: Final = 50
"""Of one region (the same)."""

_PAGE: Final = 100
_PAGE_MOST: Final = 1000
_TARGETS: Final = (
    "KinesisFirehoseDestination", "CloudWatchDestination", "SnsDestination",
    "EventBridgeDestination", "PinpointDestination",
)  # fmt: skip
_TOPIC: Final = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")


async def create_event_destination(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """CreateConfigurationSetEventDestination."""
    chosen, name = _set(service, arguments), arguments["EventDestinationName"]
    if not is_resource_name(name):
        raise bad_request(f"Invalid event destination name <{name}>.")
    definition = _definition(arguments["EventDestination"])
    known = service.store.event_destinations(chosen.name)
    if name not in known and len(known) >= MOST_DESTINATIONS:
        raise limit_exceeded(f"A configuration set has at most {MOST_DESTINATIONS} destinations.")
    service.store.add_event_destination(chosen.name, name, definition)
    service.journal.write(
        "event_destination.created",
        configuration_set=chosen.name,
        name=name,
        types=definition["MatchingEventTypes"],
        topic=_topic(definition),
    )
    return {}


async def update_event_destination(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """UpdateConfigurationSetEventDestination."""
    chosen, name = _set(service, arguments), arguments["EventDestinationName"]
    definition = _definition(arguments["EventDestination"])
    if not service.store.change_event_destination(chosen.name, name, definition):
        raise not_found(f"Event destination <{name}> does not exist.")
    service.journal.write(
        "event_destination.changed",
        configuration_set=chosen.name,
        name=name,
        types=definition["MatchingEventTypes"],
        topic=_topic(definition),
    )
    return {}


async def get_event_destinations(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """GetConfigurationSetEventDestinations, by name."""
    found = service.store.event_destinations(_set(service, arguments).name)
    return {"EventDestinations": [{"Name": name, **held} for name, held in found.items()]}


def _definition(given: Mapping[str, Any]) -> dict[str, Any]:
    targets = [name for name in _TARGETS if name in given]
    if len(targets) != 1:
        raise bad_request("An event destination must have exactly one destination.")
    if not given.get("MatchingEventTypes"):
        raise bad_request("An event destination must match at least one event type.")
    topic = _topic(given)
    if topic is not None and not _TOPIC.fullmatch(topic):
        raise bad_request(f"Invalid SNS topic ARN <{topic}>.")
    return {"Enabled": False, **given}


def _topic(definition: Mapping[str, Any]) -> str | None:
    topic: str | None = definition.get("SnsDestination", {}).get("TopicArn")
    return topic


async def put_delivery_options(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """PutConfigurationSetDeliveryOptions: what is left out falls back to its default."""
    chosen = _set(service, arguments)
    pool = arguments.get("SendingPoolName")
    if pool is not None and pool not in service.store.pools():
        raise not_found(f"Dedicated IP pool <{pool}> does not exist.")
    options = {key: value for key, value in arguments.items() if key != "ConfigurationSetName"}
    _put(service, chosen, "DeliveryOptions", options)
    service.journal.write("configuration_set.delivery", configuration_set=chosen.name, pool=pool)
    return {}


async def put_suppression_options(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """PutConfigurationSetSuppressionOptions."""
    chosen = _set(service, arguments)
    options = {key: value for key, value in arguments.items() if key != "ConfigurationSetName"}
    _put(service, chosen, "SuppressionOptions", options)
    service.journal.write(
        "configuration_set.suppression", configuration_set=chosen.name, options=options
    )
    return {}


async def create_pool(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """CreateDedicatedIpPool."""
    name = arguments["PoolName"]
    if not is_resource_name(name):
        raise bad_request(f"Invalid dedicated IP pool name <{name}>.")
    known = service.store.pools()
    if name not in known and len(known) >= MOST_POOLS:
        raise limit_exceeded(f"There are {MOST_POOLS} dedicated IP pools already.")
    mode = arguments.get("ScalingMode", "STANDARD")
    tags = check_tags(arguments.get("Tags", []))
    service.store.add_pool(name, mode)
    service.store.put_tags(service.arn("dedicated-ip-pool", name), tags)
    service.journal.write("dedicated_ip_pool.created", pool=name, scaling_mode=mode)
    return {}


async def get_pool(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """GetDedicatedIpPool."""
    name = arguments["PoolName"]
    mode = service.store.pools().get(name)
    if mode is None:
        raise not_found(f"Dedicated IP pool <{name}> does not exist.")
    return {"DedicatedIpPool": {"PoolName": name, "ScalingMode": mode}}


async def list_pools(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """ListDedicatedIpPools, by name."""
    names, token = page(list(service.store.pools()), str, arguments, _PAGE, _PAGE_MOST)
    return {"DedicatedIpPools": names, "NextToken": token}


def _set(service: Service, arguments: Mapping[str, Any]) -> ConfigurationSet:
    name = arguments["ConfigurationSetName"]
    service.require_configuration_set(name)
    found = service.store.configuration_set(name)
    assert found is not None  # the line above has seen to it
    return found


def _put(
    service: Service, chosen: ConfigurationSet, member: str, options: Mapping[str, Any]
) -> None:
    changed = {**chosen.options, member: dict(options)}
    service.store.change_configuration_set(replace(chosen, options=changed))
