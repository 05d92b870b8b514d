"""Tags of resources, and the operations on them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from local.ses.errors import bad_request, not_found
from local.ses.service import Service

_MOST: Final = 50
_KEY_LENGTH: Final = 128
_VALUE_LENGTH: Final = 256


def check_tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags by key. Raises SesError (BadRequestException) for what SES refuses."""
    checked: dict[str, str] = {}
    for tag in tags:
        key, value = tag["Key"], tag["Value"]
        if not 1 <= len(key) <= _KEY_LENGTH or len(value) > _VALUE_LENGTH:
            raise bad_request(f"Invalid tag <{key}>.")
        if key.lower().startswith("aws:"):
            raise bad_request("Tag keys that start with aws: are reserved.")
        if key in checked:
            raise bad_request(f"Duplicate tag key <{key}>.")
        checked[key] = value
    if len(checked) > _MOST:
        raise bad_request(f"A resource has at most {_MOST} tags.")
    return checked


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in the shape of the wire."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def require_resource(service: Service, arn: str) -> str:
    """The ARN of a resource that exists. Raises SesError (BadRequest- or NotFoundException)."""
    prefix = service.arn("", "").removesuffix("/")
    if not arn.startswith(prefix):
        raise bad_request(f"Invalid resource ARN <{arn}>.")
    kind, _, name = arn.removeprefix(prefix).partition("/")
    if not _exists(service, kind, name, arn):
        raise not_found(f"Resource <{arn}> does not exist.")
    return arn


def _exists(service: Service, kind: str, name: str, arn: str) -> bool:
    if kind == "identity":
        return service.store.identity(name) is not None
    if kind == "configuration-set":
        return service.store.configuration_set(name) is not None
    tenant = service.store.tenant(name.partition("/")[0]) if kind == "tenant" else None
    return tenant is not None and service.tenant_arn(tenant) == arn


async def tag_resource(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """TagResource."""
    arn = require_resource(service, arguments["ResourceArn"])
    new = check_tags(arguments["Tags"])
    merged = service.store.tags(arn) | new
    if len(merged) > _MOST:
        raise bad_request(f"A resource has at most {_MOST} tags.")
    service.store.put_tags(arn, new)
    service.journal.write("resource.tagged", arn=arn, tags=new)
    return {}


async def untag_resource(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """UntagResource."""
    arn = require_resource(service, arguments["ResourceArn"])
    service.store.remove_tags(arn, arguments["TagKeys"])
    service.journal.write("resource.untagged", arn=arn, keys=arguments["TagKeys"])
    return {}


async def list_tags_for_resource(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """ListTagsForResource."""
    arn = require_resource(service, arguments["ResourceArn"])
    return {"Tags": tag_list(service.store.tags(arn))}
