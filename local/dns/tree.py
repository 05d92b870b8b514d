"""The DNS tree as this server plays it: the zones it holds, and above them the root and the
top-level domains, which are made up on demand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

import dns.rdataset

from local.dns.names import ROOT, Key, PublicSuffixes, ancestors, is_at_or_below, key_of, name_of
from local.dns.zones import DEFAULT_TTL, Zone, new_zone, rdataset


@lru_cache(maxsize=4096)
def _made_up(key: Key) -> Zone:
    return new_zone(name_of(key))


class Tree:
    """All zones held, by key, with the indices that answering needs.

    `servers` are the addresses that the server listens on. The name servers of every zone
    stand for them in turn: the first NS is the first address, and so on.
    """

    def __init__(self, servers: Sequence[str], suffixes: PublicSuffixes) -> None:
        self.servers = tuple(servers)
        self.suffixes = suffixes
        self.zones: dict[Key, Zone] = {}
        self._below: Counter[Key] = Counter()
        self._hosts: dict[Key, dict[Key, int]] = {}

    def put(self, zone: Zone) -> None:
        """Hold a zone, in place of the one of that name."""
        self.remove(zone.key)
        self.zones[zone.key] = zone
        self._below.update(ancestors(zone.key))
        for position, host in enumerate(zone.nameservers):
            self._hosts.setdefault(key_of(host), {})[zone.key] = position

    def remove(self, key: Key) -> None:
        """Hold a zone no longer; nothing happens if it was not held."""
        zone = self.zones.pop(key, None)
        if zone is None:
            return
        self._below.subtract(ancestors(key))
        for host in map(key_of, zone.nameservers):
            self._hosts[host].pop(key, None)
            if not self._hosts[host]:
                del self._hosts[host]

    def copy(self) -> Self:
        """This tree as it is now; later changes to either do not show in the other."""
        other = type(self)(self.servers, self.suffixes)
        other.zones = dict(self.zones)
        other._below = Counter(self._below)
        other._hosts = {host: dict(positions) for host, positions in self._hosts.items()}
        return other

    def zones_below(self, key: Key) -> int:
        """How many zones are held at or below a name."""
        return self._below.get(key, 0)

    def is_host(self, key: Key) -> bool:
        """Whether a zone that is held names this host as one of its name servers."""
        return key in self._hosts

    def host_address(self, key: Key) -> str:
        """The address that a name server's host name stands for."""
        # Zones that share hosts list them alike as a rule; if not, the one held longest decides.
        position = next(iter(self._hosts[key].values()))
        return self.servers[position % len(self.servers)]

    def host_records(self, key: Key) -> dns.rdataset.Rdataset:
        """The address record of a name server's host name, A or AAAA."""
        address = self.host_address(key)
        return rdataset("AAAA" if ":" in address else "A", DEFAULT_TTL, [address])

    def made_up(self, key: Key) -> Zone:
        """The top-level domain or the root, whichever is above a name in no zone held.

        Every top-level domain of the Public Suffix List exists, and those of zones held.
        """
        tld = key[-1:]
        known = tld and (self.suffixes.is_listed_tld(tld[0]) or self.zones_below(tld))
        return _made_up(tld if known else ROOT)


@dataclass(frozen=True, slots=True)
class View:
    """The tree as one server sees it: `hidden` has the content, or None for absence, of zones
    that this server still knows in an older state."""

    tree: Tree
    hidden: Mapping[Key, Zone | None] = field(default_factory=dict)

    def held(self, key: Key) -> Zone | None:
        """The zone of exactly this name, if it is held."""
        return self.hidden[key] if key in self.hidden else self.tree.zones.get(key)

    def zone_above(self, key: Key) -> Zone:
        """The deepest zone that a name is in."""
        for depth in range(len(key) + 1):
            zone = self.held(key[depth:])
            if zone is not None:
                return zone
        return self.tree.made_up(key)

    def exists(self, zone: Zone, key: Key) -> bool:
        """Whether a name of `zone` exists there, be it only because a zone below is held."""
        return zone.has(key) or self._zones_below(key) > 0

    def _zones_below(self, key: Key) -> int:
        unseen = sum(
            old is None and apex in self.tree.zones and is_at_or_below(apex, key)
            for apex, old in self.hidden.items()
        )
        return self.tree.zones_below(key) - unseen
