"""RFC 2136 dynamic updates: from a message and the tree to the zones that come out of it.

Updates are taken unsigned from anyone, which is why the server listens on loopback only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.update

from local.dns.names import Key, is_at_or_below, key_of, name_of
from local.dns.tree import Tree
from local.dns.zones import Node, Zone, make_zone, new_zone, soa_of

_APEX_TYPES = (dns.rdatatype.SOA, dns.rdatatype.NS)

# Types that may stand beside a CNAME (RFC 4035 section 2.5); KEY as RFC 3007 has it.
_BESIDE_CNAME = {dns.rdatatype.NSEC, dns.rdatatype.RRSIG, dns.rdatatype.KEY}

_SERIAL_SPACE = 2**32


@dataclass(frozen=True, slots=True)
class Result:
    """The response code, and with NOERROR the zones that changed, whole, by key."""

    rcode: dns.rcode.Rcode
    zones: Mapping[Key, Zone] = field(default_factory=dict)


class _Refused(Exception):
    def __init__(self, rcode: dns.rcode.Rcode) -> None:
        super().__init__(rcode)
        self.rcode = rcode


def apply_update(message: dns.update.UpdateMessage, tree: Tree) -> Result:
    """What the update does to the tree; nothing is changed here, so all of it or nothing holds.

    A zone that is not held is made by its first addition. An update that is addressed to the
    root or a made-up top-level domain, as tools do that take the zone from the authority section
    of an answer, goes to the deepest zone held or else to the registrable domain of each name.
    """
    try:
        place = _Placement(_zone_key(message), tree)
        _check_prerequisites(message.prerequisite, place)
        _prescan(message.update, place)
    except _Refused as refused:
        return Result(refused.rcode)
    drafts: dict[Key, Draft] = {}
    for rrset in message.update:
        zone_key = place.zone_of(rrset.name)
        held = tree.zones.get(zone_key)
        if held is None and rrset.deleting is not None and zone_key not in drafts:
            continue
        drafts.setdefault(zone_key, Draft(held, place.origin(zone_key, message))).take(rrset)
    finished = {key: draft.finish() for key, draft in drafts.items()}
    return Result(
        dns.rcode.NOERROR, {key: zone for key, zone in finished.items() if zone is not None}
    )


def _zone_key(message: dns.update.UpdateMessage) -> Key:
    if len(message.zone) != 1:
        raise _Refused(dns.rcode.FORMERR)
    if message.zone[0].rdclass != dns.rdataclass.IN:
        raise _Refused(dns.rcode.NOTAUTH)
    return key_of(message.zone[0].name)


@dataclass(frozen=True, slots=True)
class _Placement:
    """Which zone a name of an update belongs to; `addressed` is the zone that it names."""

    addressed: Key
    tree: Tree

    def zone_of(self, name: dns.name.Name) -> Key:
        key = key_of(name)
        if not is_at_or_below(key, self.addressed):
            raise _Refused(dns.rcode.NOTZONE)
        if self.addressed in self.tree.zones or len(self.addressed) > 1:
            return self.addressed
        held = next((key[i:] for i in range(len(key)) if key[i:] in self.tree.zones), None)
        found = held or self.tree.suffixes.registrable(key)
        if found is None:
            raise _Refused(dns.rcode.REFUSED)
        return found

    def origin(self, zone_key: Key, message: dns.update.UpdateMessage) -> dns.name.Name:
        """How a zone that has to be made is spelled."""
        return message.zone[0].name if zone_key == self.addressed else name_of(zone_key)

    def node(self, name: dns.name.Name) -> Node:
        """What is held at a name now."""
        zone = self.tree.zones.get(self.zone_of(name))
        return {} if zone is None else zone.nodes.get(key_of(name), {})


def _check_prerequisites(section: Iterable[dns.rrset.RRset], place: _Placement) -> None:
    """RFC 2136 section 3.2; those with values are compared as whole sets, the rest one by one."""
    wanted: dict[tuple[Key, int], set[dns.rdata.Rdata]] = {}
    for rrset in section:
        node = place.node(rrset.name)
        if rrset.deleting is None:
            _refuse_meta_type(rrset.rdtype)
            _refuse_other_class(rrset)
            wanted.setdefault((key_of(rrset.name), rrset.rdtype), set()).update(rrset)
            continue
        if rrset.rdtype != dns.rdatatype.ANY:
            _refuse_meta_type(rrset.rdtype)
        missing, present = (
            (dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN)
            if rrset.rdtype == dns.rdatatype.ANY
            else (dns.rcode.NXRRSET, dns.rcode.YXRRSET)
        )
        exists = bool(node) if rrset.rdtype == dns.rdatatype.ANY else rrset.rdtype in node
        if rrset.deleting == dns.rdataclass.ANY and not exists:
            raise _Refused(missing)
        if rrset.deleting == dns.rdataclass.NONE and exists:
            raise _Refused(present)
    for (key, kind), values in wanted.items():
        if set(place.node(name_of(key)).get(kind, ())) != values:
            raise _Refused(dns.rcode.NXRRSET)


def _prescan(section: Iterable[dns.rrset.RRset], place: _Placement) -> None:
    """RFC 2136 section 3.4.1: find what is wrong anywhere before anything is done."""
    for rrset in section:
        place.zone_of(rrset.name)
        _refuse_other_class(rrset)
        if rrset.rdtype == dns.rdatatype.RRSIG:
            raise _Refused(dns.rcode.REFUSED)
        if rrset.deleting != dns.rdataclass.ANY or rrset.rdtype != dns.rdatatype.ANY:
            _refuse_meta_type(rrset.rdtype)


def _refuse_other_class(rrset: dns.rrset.RRset) -> None:
    if rrset.rdclass != dns.rdataclass.IN:
        raise _Refused(dns.rcode.FORMERR)


def _refuse_meta_type(kind: dns.rdatatype.RdataType) -> None:
    if dns.rdatatype.is_metatype(kind):
        raise _Refused(dns.rcode.FORMERR)


class Draft:
    """A zone while an update is at work on it; the zone it started from stays as it is."""

    def __init__(self, held: Zone | None, origin: dns.name.Name) -> None:
        self._held = held
        start = held or new_zone(origin)
        self._key = start.key
        self._nodes = {key: dict(node) for key, node in start.nodes.items()}
        self._owners = dict(start.owners)
        self._changed: set[Key] = set()

    def take(self, rrset: dns.rrset.RRset) -> None:
        """Do one record of the update section (RFC 2136 section 3.4.2)."""
        key = key_of(rrset.name)
        if rrset.deleting is None:
            self._add(key, rrset)
        elif rrset.deleting == dns.rdataclass.NONE:
            self._delete_record(key, rrset)
        elif rrset.rdtype == dns.rdatatype.ANY:
            for kind in list(self._nodes.get(key, ())):
                self._delete_set(key, kind)
        else:
            self._delete_set(key, rrset.rdtype)

    def finish(self) -> Zone | None:
        """The zone as it is now, its serial raised if the update did not do so itself.

        None if nothing changed in a zone that was there before.
        """
        if self._held is None:
            return self._made()
        if not self._changed:
            return None
        if soa_of(self._nodes[self._key]).serial == self._held.soa.serial:
            self._raise_serial()
        return self._made()

    def _made(self) -> Zone:
        untouched = self._held.nodes if self._held is not None else {}
        nodes: dict[Key, Node] = {
            # Nodes that did not change are shared, so that comparing versions is cheap.
            key: node if key in self._changed else untouched.get(key, node)
            for key, node in self._nodes.items()
            if node
        }
        return make_zone(self._key, nodes, {key: self._owners[key] for key in nodes})

    def _add(self, key: Key, rrset: dns.rrset.RRset) -> None:
        node = self._nodes.setdefault(key, {})
        self._owners.setdefault(key, rrset.name)
        kind = rrset.rdtype
        if kind == dns.rdatatype.SOA and not self._is_newer_soa(key, rrset):
            return
        if _conflicts_with_alias(node, kind):
            return
        old = node.get(kind)
        singular = old is None or dns.rdatatype.is_singleton(kind)
        new = dns.rdataset.from_rdata_list(
            # The TTL of the newest record is the whole set's: RFC 2181 section 5.2 wants one.
            rrset.ttl,
            [*rrset] if singular or old is None else [*old, *rrset],
        )
        if old is None or old.ttl != new.ttl or list(old) != list(new):
            self._set(key, kind, new)

    def _is_newer_soa(self, key: Key, rrset: dns.rrset.RRset) -> bool:
        if key != self._key:
            return False
        ahead = rrset[0].serial - soa_of(self._nodes[key]).serial
        return bool(0 < ahead % _SERIAL_SPACE < _SERIAL_SPACE // 2)

    def _delete_set(self, key: Key, kind: int) -> None:
        if key == self._key and kind in _APEX_TYPES:
            return
        if kind in self._nodes.get(key, {}):
            self._set(key, kind, None)

    def _delete_record(self, key: Key, rrset: dns.rrset.RRset) -> None:
        old = self._nodes.get(key, {}).get(rrset.rdtype)
        if old is None or rrset.rdtype == dns.rdatatype.SOA:
            return
        kept = [record for record in old if record not in rrset]
        if len(kept) == len(old):
            return
        is_last_nameserver = key == self._key and rrset.rdtype == dns.rdatatype.NS and not kept
        if not is_last_nameserver:
            new = dns.rdataset.from_rdata_list(old.ttl, kept) if kept else None
            self._set(key, rrset.rdtype, new)

    def _set(self, key: Key, kind: int, records: dns.rdataset.Rdataset | None) -> None:
        self._changed.add(key)
        if records is None:
            del self._nodes[key][kind]
        else:
            self._nodes[key][int(kind)] = records

    def _raise_serial(self) -> None:
        records = self._nodes[self._key][dns.rdatatype.SOA]
        soa = soa_of(self._nodes[self._key])
        # Zero is skipped: RFC 2136 section 3.6.
        raised = (soa.serial + 1) % _SERIAL_SPACE or 1
        new = dns.rdataset.from_rdata(records.ttl, soa.replace(serial=raised))
        self._set(self._key, dns.rdatatype.SOA, new)


def _conflicts_with_alias(node: Node, kind: int) -> bool:
    """Whether a CNAME would stand beside other data, which RFC 2136 3.4.2.2 passes over."""
    if kind == dns.rdatatype.CNAME:
        return bool(node.keys() - _BESIDE_CNAME - {dns.rdatatype.CNAME})
    return kind not in _BESIDE_CNAME and dns.rdatatype.CNAME in node
