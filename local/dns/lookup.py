"""Finding a name in one zone: the algorithm of RFC 1034 section 4.3.2 with the wildcards of
RFC 4592 and the DNAMEs of RFC 6672."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import dns.name
import dns.rdataset
import dns.rdatatype

from local.dns.names import Key
from local.dns.zones import Node, Zone


class Outcome(Enum):
    """What a zone says about a name and type."""

    ANSWER = auto()
    ALIAS = auto()
    REDIRECTION = auto()
    REFERRAL = auto()
    NODATA = auto()
    NXDOMAIN = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome, with the records that it rests on and the name that they stand at.

    For an answer or alias out of a wildcard `owner` is None: the name asked for owns it.
    """

    outcome: Outcome
    records: tuple[dns.rdataset.Rdataset, ...] = ()
    owner: dns.name.Name | None = None


_NODATA = Finding(Outcome.NODATA)
_NXDOMAIN = Finding(Outcome.NXDOMAIN)


def find(zone: Zone, key: Key, kind: int, exists: Callable[[Key], bool]) -> Finding:
    """Look up `kind` at `key`, which must be at or below the top of `zone`.

    `exists` tells which names exist, for it is more than the zone's own content that makes
    a name exist: a zone held below is a delegation even where the parent does not list it.
    """
    redirected = _cut_or_redirection(zone, key, kind)
    if redirected is not None:
        return redirected
    node = zone.nodes.get(key)
    if node is not None:
        return _at_node(node, kind)
    if exists(key):
        return _NODATA
    return _by_wildcard(zone, key, kind, exists)


def _cut_or_redirection(zone: Zone, key: Key, kind: int) -> Finding | None:
    for depth in range(len(key) - len(zone.key), -1, -1):
        above = key[depth:]
        node = zone.nodes.get(above)
        if node is None:
            continue
        is_cut = above != zone.key and dns.rdatatype.NS in node
        # The DS records of a child live on the parent's side of the cut (RFC 4035 3.1.4.1).
        if is_cut and not (depth == 0 and kind == dns.rdatatype.DS):
            return Finding(Outcome.REFERRAL, (node[dns.rdatatype.NS],), zone.owners[above])
        if depth > 0 and dns.rdatatype.DNAME in node:
            return Finding(Outcome.REDIRECTION, (node[dns.rdatatype.DNAME],), zone.owners[above])
    return None


def _at_node(node: Node, kind: int) -> Finding:
    if kind == dns.rdatatype.ANY:
        return Finding(Outcome.ANSWER, tuple(node.values()))
    records = node.get(kind)
    if records is not None:
        return Finding(Outcome.ANSWER, (records,))
    alias = node.get(dns.rdatatype.CNAME)
    return _NODATA if alias is None else Finding(Outcome.ALIAS, (alias,))


def _by_wildcard(zone: Zone, key: Key, kind: int, exists: Callable[[Key], bool]) -> Finding:
    for depth in range(1, len(key) - len(zone.key) + 1):
        encloser = key[depth:]
        if encloser == zone.key or exists(encloser):
            asterisk = (b"*", *encloser)
            node = zone.nodes.get(asterisk)
            if node is not None:
                return _at_node(node, kind)
            # An asterisk that is an empty non-terminal matches, and has no data (RFC 4592 4.2).
            return _NODATA if exists(asterisk) else _NXDOMAIN
    return _NXDOMAIN
