"""What a person types into which field of a DNS host's form, record by record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from onboarding.domain.dns_hosts import DnsHost, typed_name, typed_target
from onboarding.domain.dnsnames import canonical
from onboarding.domain.problems import relative

if TYPE_CHECKING:
    from onboarding.domain.publishing import Step
    from onboarding.domain.records import Record

_NEUTRAL: Final = {"type": "Type", "value": "Value", "priority": "Priority", "ttl": "TTL"}
_NAME: Final = "Name"
_QUOTED, _TOGETHER = "quoted", "together"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what the host calls it, and what is typed there.

    `otherwise` is what is typed where the host, which is not known well enough, wants the name
    in full; empty elsewhere.
    """

    label: str
    typed: str
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it is entered: `fields` in the order of most forms. For one that has to be
    changed, `step` has what stands there now."""

    step: Step
    fields: tuple[Field, ...]


def entry(step: Step, cut: str, host: DnsHost | None = None) -> Entry:
    """How to enter a record in the zone `cut` at this host; in neutral words where it is None."""
    record = step.record
    return Entry(
        step,
        (
            Field(_label(host, "type"), record.type),
            _name(host, canonical(record.name), cut),
            *_value(host, record, step.value),
            *_also(host, record.type),
            Field(_label(host, "ttl"), str(record.ttl)),
        ),
    )


def _label(host: DnsHost | None, field: str, type_: str = "") -> str:
    known = host.fields if host is not None else {}
    return known.get(type_.lower()) or known.get(field) or _NEUTRAL[field]


def _name(host: DnsHost | None, name: str, cut: str) -> Field:
    label = (host.field if host is not None else "") or _NAME
    typed = typed_name(host, name, cut) if host is not None else ""
    if typed:
        return Field(label, typed)
    short = relative(name, cut)
    return Field(label, short, name if name != short else "")


def _value(host: DnsHost | None, record: Record, value: str) -> tuple[Field, ...]:
    label = _label(host, "value", record.type)
    if record.type == "TXT":
        return (Field(label, _text(host, value)),)
    priority, _, target = value.rpartition(" ")
    typed = typed_target(host, target)
    if not priority:
        return (Field(label, typed),)
    if host is not None and host.mx == _TOGETHER:
        return (Field(label, f"{priority} {typed}"),)
    return (Field(label, typed), Field(_label(host, "priority"), priority))


def _also(host: DnsHost | None, type_: str) -> tuple[Field, ...]:
    if host is None or type_ != "CNAME":
        return ()
    return tuple(Field(label, chosen) for label, chosen in host.also.items())


def _text(host: DnsHost | None, value: str) -> str:
    """A text is typed bare, but for the hosts that take it between double quotes only."""
    if host is None or host.txt != _QUOTED:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
