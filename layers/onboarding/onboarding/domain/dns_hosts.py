"""Recognises who runs a zone by its name servers, and tells a cure in that host's terms.

The hosts are in `dns_hosts.toml` beside this file, which is read when the first report needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from onboarding.domain.dnsnames import canonical, is_at_or_below
from onboarding.domain.problems import ProblemCode, relative, visible

_DATA = Path(__file__).with_suffix(".toml")
_ABOUT_THE_NAME = frozenset(
    {
        ProblemCode.MISSING,
        ProblemCode.WRONG_PLACE,
        ProblemCode.DOUBLED_ZONE,
        ProblemCode.UNDERSCORE_LOST,
        ProblemCode.WILDCARD_ANSWER,
    }
)
_ABOUT_THE_VALUE = frozenset(
    {
        ProblemCode.WRONG_VALUE,
        ProblemCode.WRONG_TYPE,
        ProblemCode.CONFLICTING_CNAME,
        ProblemCode.MULTIPLE_SPF,
        ProblemCode.MULTIPLE_DMARC,
        ProblemCode.SPF_SYNTAX,
        ProblemCode.SPF_MISSING_INCLUDE,
        ProblemCode.DMARC_SYNTAX,
        ProblemCode.INVISIBLE_CHARACTERS,
    }
)
_TARGET = {
    "refused": "Type the value as “{target}” (without the quotation marks), with nothing behind "
    "it: a dot at its end {host} does not accept.",
    "stripped": "Type the value as “{target}” (without the quotation marks), with nothing behind "
    "it. A dot at its end {host} takes away again by itself.",
    "needed": "Type the value as “{target}.” (without the quotation marks), with the dot at its "
    "end: without it, {host} puts your own domain behind the value.",
}


@dataclass(frozen=True, slots=True)
class DnsHost:
    """One host; the fields are explained in `dns_hosts.toml`. Texts that are not known are
    empty."""

    slug: str
    name: str
    nameservers: tuple[str, ...]
    typed: str
    field: str
    target_dot: str
    imports: str
    offers_file: bool
    fields: Mapping[str, str]
    txt: str
    mx: str
    also: Mapping[str, str]
    cures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who runs the zone, if that can be told, and how it was told."""

    host: DnsHost | None = None
    evidence: str = ""

    @property
    def slug(self) -> str | None:
        return self.host.slug if self.host else None


@cache
def known_hosts() -> tuple[DnsHost, ...]:
    """All hosts of the data file."""
    import tomllib

    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return tuple(_host(slug, entry) for slug, entry in data.items())


def host_named(slug: str | None) -> DnsHost | None:
    """The host of that slug, as a report's `dns_host` has it; None where there is none."""
    return next((host for host in known_hosts() if host.slug == slug), None)


def recognise(nameservers: Sequence[str]) -> Recognition:
    """See `_recognise`, which remembers: one host's servers serve thousands of zones."""
    return _recognise(tuple(nameservers))


@lru_cache(maxsize=4096)
def _recognise(nameservers: tuple[str, ...]) -> Recognition:
    """The host whose servers these are.

    Where several hosts share them, or each has some, nobody is named and the evidence says so.
    """
    names = [canonical(name) for name in nameservers]
    matches = {name: found for name in names if (found := _hosts_with(name))}
    if not matches:
        return Recognition()
    common = [h for h in known_hosts() if all(h in found for found in matches.values())]
    shown = _and([visible(name) for name in matches])
    if len(common) == 1:
        return Recognition(common[0], f"name servers {shown}")
    if common:
        return Recognition(
            None, f"ambiguous: name servers {shown} belong to {_or([h.name for h in common])}"
        )
    each = [f"{visible(name)} ({_or([h.name for h in found])})" for name, found in matches.items()]
    return Recognition(None, f"ambiguous: name servers of several hosts, {_and(each)}")


def cure_at(recognition: Recognition, code: ProblemCode, name: str, type_: str, cut: str) -> str:
    """What to do about a problem of the record `name` at this host, beyond the general cure;
    empty if there is nothing to add."""
    host = recognition.host
    if host is None:
        return ""
    if code.value in host.cures:
        return host.cures[code.value]
    if code in _ABOUT_THE_NAME:
        typing = _typing(host, canonical(name), cut)
        return " ".join(filter(None, (typing, _quotes(host, type_))))
    if code in _ABOUT_THE_VALUE:
        return _quotes(host, type_)
    return ""


def target_at(recognition: Recognition, value: str) -> str:
    """How to type the target of a CNAME or MX at this host, in place of what is said where nothing
    is known of it; empty then."""
    host = recognition.host
    if host is None or not host.target_dot:
        return ""
    return _TARGET[host.target_dot].format(host=host.name, target=value.rpartition(" ")[2])


def _quotes(host: DnsHost, type_: str) -> str:
    """Where texts are typed between quotes, whatever a cure says of those around the value."""
    if type_ != "TXT" or host.txt != "quoted":
        return ""
    return (
        f'{host.name} wants one plain double quote (") before the value and one after it: it takes '
        "these two away again."
    )


def _typing(host: DnsHost, name: str, cut: str) -> str:
    """What to type into the field for the name."""
    if not is_at_or_below(name, cut):
        return ""
    typed = typed_name(host, name, cut)
    field = f"the field “{host.field}”" if host.field else "the field for the name"
    match host.typed:
        case "relative":
            text = f"type {typed} in {field}: {cut} is added by itself."
        case "full":
            text = f"the name is typed in full: type {typed} in {field}."
        case "dot":
            text = f"the name is typed in full: type {typed} in {field}, with the dot at the end."
        case _:
            return ""
    return f"At {host.name}, {text}"


def typed_name(host: DnsHost, name: str, cut: str) -> str:
    """A record's name as it is typed at this host; empty where that is not known, or where the
    zone `cut` does not hold the name."""
    if not is_at_or_below(name, cut):
        return ""
    match host.typed:
        case "relative":
            return relative(name, cut)
        case "full":
            return name
        case "dot":
            return f"{name}."
    return ""


def typed_target(host: DnsHost | None, target: str) -> str:
    """The target of a CNAME or MX as it is typed: with a final dot only where the host needs it."""
    return f"{target}." if host is not None and host.target_dot == "needed" else target


def _hosts_with(name: str) -> list[DnsHost]:
    return [h for h in known_hosts() if any(fnmatchcase(name, each) for each in h.nameservers)]


def _host(slug: str, entry: Mapping[str, Any]) -> DnsHost:
    return DnsHost(
        slug=slug,
        name=entry["name"],
        nameservers=tuple(entry["nameservers"]),
        typed=entry.get("typed", ""),
        field=entry.get("field", ""),
        target_dot=entry.get("target_dot", ""),
        imports=entry.get("import", ""),
        offers_file=entry.get("file", True),
        fields=MappingProxyType(entry.get("fields", {})),
        txt=entry.get("txt", ""),
        mx=entry.get("mx", ""),
        also=MappingProxyType(entry.get("also", {})),
        cures=MappingProxyType(entry.get("cures", {})),
    )


def _and(texts: Sequence[str]) -> str:
    return " and ".join(texts)


def _or(texts: Sequence[str]) -> str:
    return " or ".join(texts)
