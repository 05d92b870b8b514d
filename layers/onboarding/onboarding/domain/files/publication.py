"""What a file is written from, and what no file may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from onboarding.domain.dnsnames import MAX_NAME_LENGTH, canonical, is_at_or_below
from onboarding.domain.problems import relative
from onboarding.domain.publishing import to_add

if TYPE_CHECKING:
    from onboarding.domain.dns_hosts import DnsHost
    from onboarding.domain.records import Record
    from onboarding.domain.report import Report

MAX_TTL: Final = 2**31 - 1
"""RFC 2181 §8."""

_OWNER = re.compile(r"(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_MX = re.compile(r"(?P<priority>0|[1-9][0-9]{0,4}) (?P<host>\S+)")
_MAX_PRIORITY = 0xFFFF
_PRINTABLE = re.compile(r"[ -~]*")


class Unwritable(ValueError):
    """A record that a format cannot hold exactly; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The records of one domain, and where they belong.

    `cut` is the zone that holds them, empty where it is not known; `host` is who runs it, or
    None. What `report` found already is left out of every file that somebody imports. `provider`
    is for Terraform, where the host does not tell it. Raises Unwritable for a domain that is no
    name, or a zone that cannot hold it.
    """

    domain: str
    cut: str
    records: tuple[Record, ...]
    host: DnsHost | None = None
    report: Report | None = None
    provider: str | None = None

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.domain) or not is_at_or_below(self.domain, self.cut):
            raise Unwritable(f"{self.cut!r} is no zone that could hold {self.domain!r}")

    @property
    def missing(self) -> tuple[Record, ...]:
        """The records that are to be added, checked, each once; raises Unwritable."""
        found = dict.fromkeys(to_add(self.records, self.report))
        _refuse_two_at_an_alias(found)
        return tuple(checked(record) for record in found)

    @property
    def sets(self) -> tuple[RecordSet, ...]:
        """The same, those of one name and type together, as most providers keep them."""
        together: dict[tuple[str, str], list[Record]] = {}
        for record in self.missing:
            together.setdefault((canonical(record.name), record.type), []).append(record)
        return tuple(RecordSet(name, type_, tuple(rs)) for (name, type_), rs in together.items())


@dataclass(frozen=True, slots=True)
class RecordSet:
    """The records of one name and type; never empty."""

    name: str
    type: str
    records: tuple[Record, ...]

    @property
    def ttl(self) -> int:
        """They share one (RFC 2181 §5.2)."""
        return min(record.ttl for record in self.records)

    def within(self, cut: str) -> str:
        """The name relative to its zone, `@` for the zone itself; raises Unwritable."""
        if not cut or not is_at_or_below(self.name, cut):
            raise Unwritable(f"{self.name} is not in the zone {cut}")
        return relative(self.name, cut)


def checked(record: Record) -> Record:
    """The record, if it is one that all formats can hold: of a known type, with names that need
    no quoting. Raises Unwritable."""
    name = canonical(record.name)
    if not _OWNER.fullmatch(name) or len(name) > MAX_NAME_LENGTH:
        raise Unwritable(f"{record.name!r} is not a name")
    if not 0 <= record.ttl <= MAX_TTL:
        raise Unwritable(f"the TTL of {name} is {record.ttl}")
    if record.type not in ("CNAME", "MX", "TXT"):
        raise Unwritable(f"{name} is a record of the type {record.type!r}")
    if record.type != "TXT":
        host = target(record)
        if not _HOST.fullmatch(host) or len(host) > MAX_NAME_LENGTH:
            raise Unwritable(f"the value of {name} is {record.value!r}")
    return record


def _refuse_two_at_an_alias(records: Iterable[Record]) -> None:
    """A name with a CNAME holds nothing else (RFC 1034 §3.6.2)."""
    types: dict[str, list[str]] = {}
    for record in records:
        types.setdefault(canonical(record.name), []).append(record.type)
    for name, held in types.items():
        if "CNAME" in held and len(held) > 1:
            raise Unwritable(f"{name} would be an alias and hold another record")


def target(record: Record) -> str:
    """The host that a CNAME or MX leads to; raises Unwritable."""
    return canonical(record.value if record.type == "CNAME" else _mx(record)["host"])


def priority(record: Record) -> int:
    """Of an MX; raises Unwritable."""
    return int(_mx(record)["priority"])


def _mx(record: Record) -> re.Match[str]:
    match = _MX.fullmatch(record.value)
    if match is None or int(match["priority"]) > _MAX_PRIORITY:
        raise Unwritable(f"the value of {record.name} is {record.value!r}")
    return match


def plain_text(record: Record, without: str = "", longest: int = 4000) -> str:
    """The value of a TXT, if it is printable ASCII that has none of the characters `without`
    and is not empty. All that SES and DMARC ask for is; raises Unwritable for anything else."""
    text = record.value
    if not text or not _PRINTABLE.fullmatch(text) or len(text) > longest:
        raise Unwritable(f"the text of {record.name} is empty, too long or not plain ASCII")
    if found := sorted(set(text) & set(without)):
        raise Unwritable(f"the text of {record.name} has {' '.join(found)} in it")
    return text


def strings(text: str, escape: Callable[[str], str]) -> list[str]:
    """A text in character-strings of at most 255 octets, each escaped; plain ASCII only."""
    return [escape(text[i : i + 255]) for i in range(0, len(text), 255)]


def in_quotes(pieces: Iterable[str], between: str = " ") -> str:
    """`"a" "b"`, as zone files write character-strings."""
    return between.join(f'"{piece}"' for piece in pieces)


def escaped(piece: str) -> str:
    """With a backslash before double quotes and backslashes (RFC 1035 §5.1)."""
    return piece.replace("\\", "\\\\").replace('"', '\\"')


def escaped_in_octal(piece: str) -> str:
    """Route 53 has its own: the backslash itself as three octal digits."""
    return piece.replace("\\", "\\134").replace('"', '\\"')
