"""Terraform for the DNS of four providers, each record set in the shape of its own resource."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from onboarding.domain.files.publication import (
    Publication,
    RecordSet,
    Unwritable,
    escaped,
    escaped_in_octal,
    in_quotes,
    plain_text,
    priority,
    strings,
    target,
)

if TYPE_CHECKING:
    from onboarding.domain.records import Record

Value = str | int | bool | Sequence[str]
Variables = Mapping[str, str]
"""What has to be known beside the records: the name of each variable, and its description."""

PROVIDER_OF: Final = {
    "route53": "route53",
    "cloudflare": "cloudflare",
    "google_cloud_dns": "google",
    "azure": "azure",
}
"""The provider that runs the DNS of each host, by its slug in `dns_hosts.toml`."""

_AZURE_LONGEST: Final = 4096
_UNSAFE = re.compile(r"[^a-z0-9_-]")


def terraform(publication: Publication) -> str:
    """A file to put beside others: variables for what only its user knows, then the resources.

    Raises Unwritable where the provider is not given and the host is none of the four.
    """
    slug = publication.host.slug if publication.host else None
    provider = publication.provider or PROVIDER_OF.get(slug or "", "")
    if provider not in _WRITERS:
        raise Unwritable("Terraform needs the provider: " + ", ".join(_WRITERS))
    heading, variables, write = _WRITERS[provider]
    prefix = f"xes_{_UNSAFE.sub('_', publication.domain)}"
    parts = [f"# Records for sending e-mail from {publication.domain}.\n{heading}"]
    parts += [_variable(f"{prefix}_{name}", text) for name, text in variables.items()]
    counts: dict[str, int] = {}
    for each in publication.sets:
        purpose = each.records[0].purpose.value
        counts[purpose] = counts.get(purpose, 0) + 1
        label = f"{prefix}_{purpose}_{counts[purpose]}"
        parts.extend(write(each, label, prefix, publication.cut))
    return "\n".join(parts)


def _variable(name: str, description: str) -> str:
    return _block("variable", (name,), {"type": _Raw("string"), "description": description})


def _aws(each: RecordSet, label: str, prefix: str, cut: str) -> Iterator[str]:
    """Fully qualified names; the provider puts a TXT's outer quotes by itself, so that several
    strings have `""` between them."""
    del cut
    yield _resource(
        "aws_route53_record",
        label,
        {
            "zone_id": _Raw(f"var.{prefix}_zone_id"),
            "name": each.name,
            "type": each.type,
            "ttl": each.ttl,
            "records": [_aws_value(record) for record in each.records],
        },
    )


def _aws_value(record: Record) -> str:
    if record.type == "TXT":
        return '""'.join(strings(plain_text(record), escaped_in_octal))
    return target(record) if record.type == "CNAME" else f"{priority(record)} {target(record)}"


def _cloudflare(each: RecordSet, label: str, prefix: str, cut: str) -> Iterator[str]:
    """One resource a record, whole names, texts between quotes; the proxy off where there could
    be one."""
    del cut
    for number, record in enumerate(each.records):
        values: dict[str, Value] = {
            "zone_id": _Raw(f"var.{prefix}_zone_id"),
            "name": each.name,
            "type": record.type,
            "ttl": record.ttl,
        }
        match record.type:
            case "TXT":
                values["content"] = in_quotes(strings(plain_text(record), escaped))
            case "MX":
                values |= {"content": target(record), "priority": priority(record)}
            case _:
                values |= {"content": target(record), "proxied": False}
        yield _resource(
            "cloudflare_dns_record", label + (f"_{number + 1}" if number else ""), values
        )


def _google(each: RecordSet, label: str, prefix: str, cut: str) -> Iterator[str]:
    """Names and targets with their final dot, texts between quotes."""
    del cut
    yield _resource(
        "google_dns_record_set",
        label,
        {
            "managed_zone": _Raw(f"var.{prefix}_managed_zone"),
            "name": f"{each.name}.",
            "type": each.type,
            "ttl": each.ttl,
            "rrdatas": [google_value(record) for record in each.records],
        },
    )


def google_value(record: Record) -> str:
    """The data of a record as Cloud DNS writes it: that of a zone file."""
    match record.type:
        case "TXT":
            return in_quotes(strings(plain_text(record), escaped))
        case "MX":
            return f"{priority(record)} {target(record)}."
    return f"{target(record)}."


def _azure(each: RecordSet, label: str, prefix: str, cut: str) -> Iterator[str]:
    """Names relative to the zone, a resource type for each record type; texts bare, which the
    provider cuts into strings by itself."""
    values: dict[str, Value] = {
        "name": each.within(cut),
        "zone_name": _Raw(f"var.{prefix}_zone_name"),
        "resource_group_name": _Raw(f"var.{prefix}_resource_group_name"),
        "ttl": each.ttl,
    }
    if each.type == "CNAME":
        values["record"] = target(each.records[0])
        blocks: list[dict[str, Value]] = []
    else:
        blocks = [_azure_record(record) for record in each.records]
    yield _resource(f"azurerm_dns_{each.type.lower()}_record", label, values, blocks)


def _azure_record(record: Record) -> dict[str, Value]:
    if record.type == "MX":
        return {"preference": priority(record), "exchange": target(record)}
    return {"value": plain_text(record, longest=_AZURE_LONGEST)}


class _Raw(str):
    """An expression, written as it is."""

    __slots__ = ()


def _resource(
    kind: str, label: str, values: Mapping[str, Value], blocks: Sequence[Mapping[str, Value]] = ()
) -> str:
    return _block("resource", (kind, label), values, blocks)


def _block(
    kind: str,
    labels: Sequence[str],
    values: Mapping[str, Value],
    blocks: Sequence[Mapping[str, Value]] = (),
) -> str:
    """A block as `terraform fmt` leaves it."""
    lines = [f"{kind} {' '.join(_string(label) for label in labels)} {{", *_attributes(values, 2)]
    for block in blocks:
        lines += ["", "  record {", *_attributes(block, 4), "  }"]
    return "\n".join((*lines, "}", ""))


def _attributes(values: Mapping[str, Value], indent: int) -> Iterator[str]:
    width = max(len(name) for name in values)
    for name, value in values.items():
        yield f"{' ' * indent}{name:<{width}} = {_literal(value)}"


def _literal(value: Value) -> str:
    match value:
        case _Raw():
            return str(value)
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return _string(value)
    return f"[{', '.join(_string(each) for each in value)}]"


def _string(text: str) -> str:
    """A quoted template without templates: `${` and `%{` lose their meaning when their first
    character is doubled.

    Refused is what readers of such files disagree about: these where they are doubled already, or
    without an end.
    """
    if re.search(r"\$\$\{|%%\{|[$%]\{[^}]*\Z", text):
        raise Unwritable("a text has a template in it that Terraform's readers disagree about")
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("${", "$${").replace("%{", "%%{") + '"'


_IDS = {"zone_id": "The ID of the hosted zone."}
_STOPS = "# If one of them exists already, `terraform apply` stops and leaves it as it is.\n"
_OVERWRITES = (
    "# Google's provider takes over what exists at the same name and type. Look before you apply:\n"
    "# gcloud dns record-sets list --zone=ZONE --name=NAME. Where it lists anything, add the\n"
    "# record by hand instead.\n"
)
_Writer = Callable[[RecordSet, str, str, str], Iterator[str]]
_WRITERS: Final[Mapping[str, tuple[str, Variables, _Writer]]] = {
    "route53": (f"# For the provider hashicorp/aws.\n{_STOPS}", _IDS, _aws),
    "cloudflare": (
        f"# For the provider cloudflare/cloudflare, version 5.\n{_STOPS}",
        {"zone_id": "The ID of the zone."},
        _cloudflare,
    ),
    "google": (
        f"# For the provider hashicorp/google.\n{_OVERWRITES}",
        {"managed_zone": "The name of the managed zone, not its DNS name."},
        _google,
    ),
    "azure": (
        f"# For the provider hashicorp/azurerm.\n{_STOPS}",
        {
            "zone_name": "The DNS zone.",
            "resource_group_name": "The resource group of the DNS zone.",
        },
        _azure,
    ),
}
PROVIDERS: Final = tuple(_WRITERS)
