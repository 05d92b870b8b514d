"""Cuts botocore's data down to the operations that the adapters call.

Parsing it is a quarter of what a client costs at a function's start: the endpoints of 300 services,
and a model of which nine tenths are documentation and operations that are never called.
"""

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

OPERATIONS: Final = {
    "dynamodb": (
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    ),
    "events": ("PutEvents",),
    "s3": ("GetObject", "PutObject"),
    "secretsmanager": ("GetSecretValue",),
    "service-quotas": (
        "GetRequestedServiceQuotaChange",
        "GetServiceQuota",
        "ListRequestedServiceQuotaChangeHistoryByQuota",
        "ListServiceQuotas",
        "RequestServiceQuotaIncrease",
    ),
    "sesv2": (
        "BatchGetMetricData",
        "CreateConfigurationSet",
        "CreateConfigurationSetEventDestination",
        "CreateEmailIdentity",
        "CreateTenant",
        "CreateTenantResourceAssociation",
        "DeleteEmailIdentity",
        "GetConfigurationSet",
        "GetConfigurationSetEventDestinations",
        "GetDedicatedIpPool",
        "GetEmailIdentity",
        "GetTenant",
        "ListEmailIdentities",
        "PutConfigurationSetDeliveryOptions",
        "PutConfigurationSetSuppressionOptions",
        "PutEmailIdentityConfigurationSetAttributes",
        "PutEmailIdentityDkimSigningAttributes",
        "PutEmailIdentityMailFromAttributes",
        "PutTenantSuppressionAttributes",
        "SendEmail",
        "UpdateConfigurationSetEventDestination",
        "UpdateReputationEntityCustomerManagedStatus",
    ),
    "sns": ("Publish",),
    "sqs": ("ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "SendMessage"),
    "ssm": ("GetParameter",),
    "stepfunctions": ("DescribeExecution", "SendTaskSuccess", "StartExecution"),
}
"""What the adapters call, by service. A call of anything else raises ``AttributeError`` in Lambda;
a test holds this list against the adapters."""

NEEDED_AT_ROOT: Final = (
    "_retry.json",
    "endpoints.json",
    "partitions.json",
    "sdk-default-configuration.json",
)
NEEDED_OF_A_SERVICE: Final = ("service-2", "endpoint-rule-set-1")
"""Waiters, paginators and examples are not used; the model and the endpoint rules are."""


def trim(data: Path) -> None:
    """Cut ``botocore/data`` in place."""
    for entry in data.iterdir():
        if entry.is_dir() and entry.name not in OPERATIONS:
            shutil.rmtree(entry)
        elif entry.is_file() and entry.name not in NEEDED_AT_ROOT:
            entry.unlink()
    prefixes = {
        _trim_service(data / service, operations) for service, operations in OPERATIONS.items()
    }
    _trim_endpoints(data / "endpoints.json", prefixes)


def _trim_service(service: Path, operations: Iterable[str]) -> str:
    """Leaves the newest version of the API; the service's name in the host names of endpoints."""
    *older, newest = sorted(service.iterdir())
    for version in older:
        shutil.rmtree(version)
    for file in newest.iterdir():
        if not file.name.startswith(NEEDED_OF_A_SERVICE):
            file.unlink()
    packed = newest / "service-2.json.gz"
    model = trimmed_model(json.loads(gzip.decompress(packed.read_bytes())), operations)
    _write(newest / "service-2.json", model)
    packed.unlink()
    return str(model["metadata"]["endpointPrefix"])


def trimmed_model(model: Json, operations: Iterable[str]) -> Json:
    """``model`` with ``operations`` alone, the shapes that these reach, and no documentation.

    Raises ``KeyError`` for an operation that the service does not have.
    """
    kept = {name: _undocumented(model["operations"][name]) for name in operations}
    shapes: Json = {}
    wanted = list(_references(kept))
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = _undocumented(model["shapes"][name])
            wanted.extend(_references(shapes[name]))
    return {
        "version": model["version"],
        "metadata": model["metadata"],
        "operations": kept,
        "shapes": shapes,
    }


def _references(node: Any) -> Iterator[str]:
    """The names of the shapes that ``node`` refers to: ``{"shape": "Name"}``, however deep."""
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        if isinstance(node.get("shape"), str):
            yield node["shape"]
        for value in node.values():
            yield from _references(value)


def _undocumented(node: Any) -> Any:
    if isinstance(node, list):
        return [_undocumented(item) for item in node]
    if not isinstance(node, dict):
        return node
    # A member may itself be named "documentation": only text is.
    return {
        key: _undocumented(value)
        for key, value in node.items()
        if not (key == "documentation" and isinstance(value, str))
    }


def _trim_endpoints(file: Path, prefixes: set[str]) -> None:
    endpoints = json.loads(file.read_text())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {p: services[p] for p in sorted(prefixes & services.keys())}
    _write(file, endpoints)


def _write(file: Path, value: Json) -> None:
    file.write_text(json.dumps(value, separators=(",", ":")))
