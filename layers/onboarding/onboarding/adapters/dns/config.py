"""Where and how patiently the DNS is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DNS_PORT = 53
Endpoint = tuple[str, int]
"""An address and a port."""


@dataclass(frozen=True, slots=True)
class DnsConfig:
    """All times in seconds.

    `resolver`: None takes the system's. `port`: of the authoritative servers.
    `nameservers`: ask these as the zone's authoritative servers, in place of those that the
    zone names; then no resolver is asked unless one is given. `tries`: how long each try of a
    query waits; only a try that timed out is followed by another. `timeout`: for a whole
    domain. `max_queries`: the datagrams and connections that a whole domain may cost.
    """

    resolver: Endpoint | None = None
    port: int = DNS_PORT
    nameservers: tuple[Endpoint, ...] = ()
    tries: tuple[float, ...] = (1.0, 2.0, 2.0)
    timeout: float = 10.0
    max_queries: int = 60
    max_servers: int = 8

    def resolvers(self) -> tuple[Endpoint, ...]:
        """The resolvers to ask, in order. Reads the system's configuration when it is called."""
        return (self.resolver,) if self.resolver else system_resolvers()


def system_resolvers(path: Path = Path("/etc/resolv.conf")) -> tuple[Endpoint, ...]:
    """The `nameserver` lines of resolv.conf(5); without any, the local machine."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    words = [line.split() for line in lines]
    named = [(word[1], DNS_PORT) for word in words if len(word) > 1 and word[0] == "nameserver"]
    return tuple(named) or (("127.0.0.1", DNS_PORT),)
