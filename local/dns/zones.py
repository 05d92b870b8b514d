"""One zone's content as an immutable value: made new, read from and written as zone-file text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.tokenizer
import dns.zone
import dns.zonefile
from dns.rdtypes.ANY.SOA import SOA

from local.dns.names import Key, is_at_or_below, key_of, name_of, parse_name

Node = Mapping[int, dns.rdataset.Rdataset]
"""The record sets at one name, by type."""

HOME = "dns-local.test."
"""The zone that holds the server's own host names."""

DEFAULT_NAMESERVERS = (f"ns1.{HOME}", f"ns2.{HOME}")
DEFAULT_TTL = 300
NAMESERVER_TTL = 3600

_LISTED_FIRST: list[int] = [dns.rdatatype.SOA, dns.rdatatype.NS]

# Negative answers live for a minute only: who watches a record appear should see it soon.
_SOA_TIMERS = "3600 600 604800 60"


class BadZone(ValueError):
    """The text is no zone that can be served; the message says why."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone: `nodes` by key, `owners` with the spelling of each name, `existing` with every
    name that exists, the empty non-terminals of RFC 4592 section 2.2.2 among them.

    No part of it is changed after it was made, so readers may keep it (a frozen server does).
    """

    key: Key
    nodes: Mapping[Key, Node]
    owners: Mapping[Key, dns.name.Name]
    existing: frozenset[Key]
    negative: dns.rdataset.Rdataset
    """The SOA as it stands in negative answers, its TTL as RFC 2308 section 3 asks."""

    @property
    def soa(self) -> SOA:
        return soa_of(self.nodes[self.key])

    @property
    def origin(self) -> dns.name.Name:
        return self.owners[self.key]

    @property
    def nameservers(self) -> list[dns.name.Name]:
        """The targets of the NS records at the top, in the order of their publication."""
        return [cast("Any", ns).target for ns in self.nodes[self.key].get(dns.rdatatype.NS, ())]

    def has(self, key: Key) -> bool:
        """Whether the name exists in this zone, as an empty non-terminal or better."""
        return key in self.existing

    def lines(self) -> Iterator[str]:
        """Each record as one line of zone-file text, the top first, then name by name."""
        for key in sorted(self.nodes, key=lambda each: each[::-1]):
            for kind in sorted(self.nodes[key], key=_type_order):
                text = self.nodes[key][kind].to_text(self.owners[key], relativize=False)
                yield from text.splitlines()

    def to_text(self) -> str:
        """The whole zone as a zone file with full names."""
        return "".join(f"{line}\n" for line in self.lines())


def soa_of(node: Node) -> SOA:
    """The SOA record of a zone's top."""
    return cast("SOA", node[dns.rdatatype.SOA][0])


def make_zone(key: Key, nodes: Mapping[Key, Node], owners: Mapping[Key, dns.name.Name]) -> Zone:
    """Put a zone together; `nodes` must hold an SOA at `key`, and no empty node."""
    existing = {name[depth:] for name in nodes for depth in range(len(name) - len(key) + 1)}
    top = nodes[key]
    soa = soa_of(top)
    negative = dns.rdataset.from_rdata(min(top[dns.rdatatype.SOA].ttl, soa.minimum), soa)
    return Zone(key, nodes, owners, frozenset(existing), negative)


def default_top(
    origin: dns.name.Name, nameservers: Sequence[str] = DEFAULT_NAMESERVERS, serial: int = 1
) -> dict[int, dns.rdataset.Rdataset]:
    """The SOA and NS records that a zone starts with."""
    soa = f"{nameservers[0]} hostmaster.{HOME} {serial} {_SOA_TIMERS}"
    return {
        int(dns.rdatatype.SOA): rdataset("SOA", NAMESERVER_TTL, [soa]),
        int(dns.rdatatype.NS): rdataset("NS", NAMESERVER_TTL, nameservers),
    }


def new_zone(origin: dns.name.Name) -> Zone:
    """A zone with nothing but its SOA and two name servers."""
    key = key_of(origin)
    return make_zone(key, {key: default_top(origin)}, {key: origin})


def rdataset(kind: str, ttl: int, values: Iterable[str]) -> dns.rdataset.Rdataset:
    """A record set of class IN from values in presentation format."""
    return dns.rdataset.from_text_list(dns.rdataclass.IN, kind, ttl, list(values))


def home_zone(servers: Sequence[str]) -> Zone:
    """The zone of the server's own host names: ns1 is its first address, ns2 its second.

    With one address both names lead there, since every zone has two name servers.
    """
    origin = parse_name(HOME)
    key = key_of(origin)
    nodes: dict[Key, Node] = {key: default_top(origin)}
    for number in range(max(2, len(servers))):
        address = servers[number % len(servers)]
        host = (f"ns{number + 1}".encode(), *key)
        kind = "AAAA" if ":" in address else "A"
        records = rdataset(kind, NAMESERVER_TTL, [address])
        nodes[host] = {int(records.rdtype): records}
    return make_zone(key, nodes, {host: name_of(host) for host in nodes})


def parse_zone(text: str, origin: dns.name.Name, serial: int = 1) -> Zone:
    """Read a zone file. What it lacks of SOA and NS at the top is filled in, with `serial`.

    Raises `BadZone` on a syntax error, a name outside the zone or signatures, which are
    neither made nor checked here.
    """
    parsed = _parse_records(text, origin)
    key = key_of(origin)
    nodes: dict[Key, dict[int, dns.rdataset.Rdataset]] = {}
    owners = {key: origin}
    for name, node in parsed.nodes.items():
        if not is_at_or_below(key_of(name), key):
            raise BadZone(f"{name} is outside of the zone {origin}")
        found = {int(records.rdtype): records for records in node}
        if dns.rdatatype.RRSIG in found:
            raise BadZone("signed zones are not served here: leave out RRSIG records")
        if found:
            owners[key_of(name)] = name
            nodes[key_of(name)] = found
    nodes[key] = {**default_top(origin, serial=serial), **nodes.get(key, {})}
    if dns.rdatatype.CNAME in nodes[key]:
        raise BadZone("a CNAME cannot stand at the top of a zone (RFC 1034 section 3.6.2)")
    return make_zone(key, nodes, owners)


def _parse_records(text: str, origin: dns.name.Name) -> dns.zone.Zone:
    parsed = dns.zone.Zone(origin, dns.rdataclass.IN, relativize=False)
    try:
        with parsed.writer(replacement=True) as transaction:
            reader = dns.zonefile.Reader(
                dns.tokenizer.Tokenizer(text, "line"), dns.rdataclass.IN, transaction
            )
            # The reader drops names outside of its zone unsaid; below the root there are none,
            # so they reach the transaction, which refuses them.
            reader.zone_origin = dns.name.root
            reader.read()
    except (dns.exception.DNSException, ValueError, KeyError) as error:
        raise BadZone(str(error) or type(error).__name__) from error
    return parsed


def difference(old: Zone | None, new: Zone | None) -> tuple[list[str], list[str]]:
    """The lines that `new` has and `old` has not, and the other way round."""
    before, after = set(_lines_unlike(old, new)), set(_lines_unlike(new, old))
    return sorted(after - before), sorted(before - after)


def _lines_unlike(zone: Zone | None, other: Zone | None) -> Iterator[str]:
    if zone is None:
        return
    for key, node in zone.nodes.items():
        # Untouched nodes are shared between versions, so a small change stays cheap.
        if other is None or other.nodes.get(key) is not node:
            for records in node.values():
                text = records.to_text(zone.owners[key], relativize=False)
                yield from text.splitlines()


def _type_order(kind: int) -> tuple[int, int]:
    return (_LISTED_FIRST.index(kind) if kind in _LISTED_FIRST else len(_LISTED_FIRST), kind)
