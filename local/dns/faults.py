"""Faults of name servers, set on purpose: what goes wrong, in which zone, at which server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from local.dns.names import ROOT, Key, is_at_or_below, text_of
from local.dns.tree import Tree, View
from local.dns.zones import DEFAULT_TTL, Zone, rdataset

EVERY_SERVER = "all"
DEFAULT_SLOWNESS_MS = 1000


class Mode(StrEnum):
    """How a server fails to answer as it should.

    `bogus` is the fault of a zone's signatures: clients of a resolver (RD) get SERVFAIL, unless
    they do without its validation (CD; RFC 4035 section 3.2.2), the zone has a DS record on its
    parent's side, and as a name server the server answers as ever.
    """

    SILENT = "silent"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    LAME = "lame"
    FROZEN = "frozen"
    TRUNCATE = "truncate"
    SLOW = "slow"
    BOGUS = "bogus"


# A resolver that meets one of these asks the zone's next server.
_USELESS = {Mode.SILENT, Mode.SERVFAIL, Mode.REFUSED, Mode.LAME}

UNFITTING_DS = rdataset("DS", DEFAULT_TTL, ["12345 13 2 " + "5e" * 32])
"""What stands at the parent of a bogus zone: the digest of a key that the zone does not have."""


class BadFault(ValueError):
    """The description of a fault is not one; the message says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One server's fault in one zone. `delay_ms` goes with every mode that answers at all.

    With `spares_resolver` only queries without RD meet it; those with RD are answered as a
    resolver would that tries the zone's servers one after the other.
    """

    mode: Mode
    server: str = EVERY_SERVER
    delay_ms: int = 0
    spares_resolver: bool = False


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a frozen server still serves: a whole tree, or one zone in an older state."""

    tree: Tree | None = None
    zone: Zone | None = None


def parse_fault(described: object, servers: Sequence[str]) -> Fault:
    """Read `{"server", "mode", "delay_ms", "queries"}`; raises `BadFault`.

    `server` is one of `servers` or `all` (as when absent), `queries` is `all` or
    `authoritative` (but not with `bogus`, which no such query meets), `delay_ms` a whole number
    of milliseconds up to a minute.
    """
    if not isinstance(described, dict):
        raise BadFault("a fault is a JSON object")
    unknown = described.keys() - {"server", "mode", "delay_ms", "queries"}
    if unknown:
        raise BadFault(f"unknown: {', '.join(sorted(map(str, unknown)))}")
    mode = Mode(_choice(described, "mode", list(Mode), None))
    server = _choice(described, "server", [*servers, EVERY_SERVER], EVERY_SERVER)
    concerned = ["all"] if mode is Mode.BOGUS else ["all", "authoritative"]
    queries = _choice(described, "queries", concerned, "all")
    delay = described.get("delay_ms", DEFAULT_SLOWNESS_MS if mode is Mode.SLOW else 0)
    if not isinstance(delay, int) or isinstance(delay, bool) or not 0 <= delay <= 60_000:
        raise BadFault("delay_ms is a whole number from 0 to 60000")
    return Fault(mode, server, delay, queries == "authoritative")


def _choice(
    described: Mapping[str, Any], field: str, choices: Sequence[str], default: str | None
) -> str:
    value = described.get(field, default)
    if not isinstance(value, str) or value not in choices:
        raise BadFault(f"{field} is one of {', '.join(choices)}")
    return value


class Faults:
    """The faults that are set. They concern queries only: an update is the owner's own hand,
    which reaches the zone in other ways than through its name servers."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._set: dict[tuple[Key, str], tuple[Fault, Frozen]] = {}

    def put(self, zone: Key, fault: Fault) -> None:
        """Set a fault, in place of that server's in that zone; the root stands for all zones."""
        frozen = Frozen()
        if fault.mode is Mode.FROZEN:
            everything = zone == ROOT
            tree = self._tree.copy() if everything else None
            frozen = Frozen(tree, None if everything else self._tree.zones.get(zone))
        self._set[zone, fault.server] = (fault, frozen)

    def clear(self, zone: Key) -> None:
        """Take away the faults of a zone; with the root, those of every zone."""
        self._set = {
            place: fault for place, fault in self._set.items() if zone not in (ROOT, place[0])
        }

    def listing(self) -> list[dict[str, object]]:
        """The faults as the control interface shows them."""
        return [
            {
                "zone": text_of(zone),
                "server": fault.server,
                "mode": fault.mode.value,
                "delay_ms": fault.delay_ms,
                "queries": "authoritative" if fault.spares_resolver else "all",
            }
            for (zone, _), (fault, _) in self._set.items()
        ]

    def met_by(self, key: Key, server: str, recursive: bool) -> tuple[Fault | None, View]:
        """The fault that a query for `key` at `server` meets, and what that server sees.

        A fault of a zone concerns the names whose zone it is, not those of zones held below it.
        Where a resolver is spared, None stands for an answer from a server that works, and
        SERVFAIL for there being none.
        """
        healthy = View(self._tree)
        if not self._set:
            return None, healthy
        found = self._find(key, server)
        if found is None:
            return None, healthy
        fault, view = found
        if recursive and fault.spares_resolver:
            return self._through_resolver(key)
        return fault, view

    def _through_resolver(self, key: Key) -> tuple[Fault | None, View]:
        for server in self._tree.servers:
            found = self._find(key, server)
            if found is None:
                return None, View(self._tree)
            if found[0].mode not in _USELESS:
                return None, found[1]
        return Fault(Mode.SERVFAIL), View(self._tree)

    def _find(self, key: Key, server: str) -> tuple[Fault, View] | None:
        for zone in self._concerned(key):
            for which in (server, EVERY_SERVER):
                if (zone, which) in self._set:
                    fault, frozen = self._set[zone, which]
                    return fault, self._view(zone, fault, frozen)
        return None

    def _concerned(self, key: Key) -> Iterator[Key]:
        """The places where a fault for `key` may be set, the nearest first."""
        top = View(self._tree).zone_above(key).key
        for depth in range(len(key) - len(top) + 1):
            if is_at_or_below(key[depth:], top):
                yield key[depth:]
        yield ROOT

    def _view(self, zone: Key, fault: Fault, frozen: Frozen) -> View:
        if fault.mode is not Mode.FROZEN:
            return View(self._tree)
        if frozen.tree is not None:
            return View(frozen.tree)
        return View(self._tree, {zone: frozen.zone})
