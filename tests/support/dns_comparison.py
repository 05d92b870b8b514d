"""One form for what a codec reads from a response, so that ours can be held against dnspython's.

Names are compared by their labels in lower case, addresses by their octets: how either writes
them down does not matter. Records are compared one by one, in their order, with their TTLs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from onboarding.adapters.dns.wire import Message
from onboarding.domain.observation import ResourceRecord

KNOWN = frozenset({"A", "AAAA", "NS", "CNAME", "SOA", "MX", "TXT"})
"""The types whose data our codec reads."""
_IN = dns.rdataclass.IN

Labels = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """`data` depends on the type; it is None where dnspython reads a type that we do not."""

    owner: Labels
    type: int
    ttl: int
    data: object


@dataclass(frozen=True, slots=True)
class Seen:
    """What a response says, as far as a check is concerned: all but the additional section."""

    id: int
    authoritative: bool
    truncated: bool
    rcode: int
    question: tuple[Labels, int] | None
    answer: tuple[SeenRecord, ...]
    authority: tuple[SeenRecord, ...]


def seen_by_us(message: Message) -> Seen:
    question = message.question
    return Seen(
        message.id,
        message.authoritative,
        message.truncated,
        message.rcode,
        (_labels(question.name), _number(question.type)) if question else None,
        tuple(map(_our_record, message.answer)),
        tuple(map(_our_record, message.authority)),
    )


def seen_by_dnspython(wire: bytes) -> Seen:
    """Raises whatever dnspython raises for octets that it refuses."""
    message = dns.message.from_wire(wire, one_rr_per_rrset=True)
    question = next(iter(message.question), None)
    return Seen(
        message.id,
        bool(message.flags & dns.flags.AA),
        bool(message.flags & dns.flags.TC),
        int(message.rcode()),
        (_lower(question.name), int(question.rdtype)) if question is not None else None,
        tuple(_their_record(each) for each in message.answer if each.rdclass == _IN),
        tuple(_their_record(each) for each in message.authority if each.rdclass == _IN),
    )


def _our_record(record: ResourceRecord) -> SeenRecord:
    type_ = _number(record.type)
    return SeenRecord(_labels(record.name), type_, record.ttl, _our_data(record, type_))


def _our_data(record: ResourceRecord, type_: int) -> object:
    text = record.text
    match record.type:
        case "A" | "AAAA":
            return ip_address(text).packed
        case "NS" | "CNAME":
            return _labels(text)
        case "MX":
            preference, _, host = text.partition(" ")
            return int(preference), _labels(host)
        case "SOA":
            primary, mailbox, *numbers = text.split(" ")
            return _labels(primary), _labels(mailbox), *map(int, numbers)
        case "TXT":
            return record.strings, text
    return text if _is_opaque(type_) else None


def _their_record(rrset: dns.rrset.RRset) -> SeenRecord:
    type_ = int(rrset.rdtype)
    return SeenRecord(_lower(rrset.name), type_, rrset.ttl, _their_data(rrset[0], type_))


def _their_data(data: Any, type_: int) -> object:
    match dns.rdatatype.to_text(dns.rdatatype.RdataType.make(type_)):
        case "A" | "AAAA":
            return ip_address(data.address).packed
        case "NS" | "CNAME":
            return _lower(data.target)
        case "MX":
            return data.preference, _lower(data.exchange)
        case "SOA":
            numbers = data.serial, data.refresh, data.retry, data.expire, data.minimum
            return _lower(data.mname), _lower(data.rname), *numbers
        case "TXT":
            return data.strings, b"".join(data.strings).decode("utf-8", "backslashreplace")
    return rf"\# {len(data.data)} {data.data.hex()}" if _is_opaque(type_) else None


@lru_cache(1000)
def _is_opaque(type_: int) -> bool:
    """Has dnspython, too, nothing but octets for this type (RFC 3597)?"""
    rdatatype = dns.rdatatype.RdataType.make(type_)
    read_by = dns.rdata.get_rdata_class(_IN, rdatatype)  # type: ignore[no-untyped-call]
    return read_by is dns.rdata.GenericRdata


@lru_cache(1000)
def _number(type_: str) -> int:
    return int(dns.rdatatype.from_text(type_))


@lru_cache(10_000)
def _labels(text: str) -> Labels:
    """Read by dnspython: whatever our codec writes has to be read alike by others."""
    return _lower(dns.name.from_text(f"{text}." if text else "."))


def _lower(name: dns.name.Name) -> Labels:
    return tuple(label.lower() for label in name.labels)
