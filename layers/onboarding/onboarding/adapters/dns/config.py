"""Where and how patiently the DNS is asked."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

DNS_PORT = 53
Endpoint = tuple[str, int]
"""An address and a port."""


@dataclass(frozen=True, slots=True)
class DnsConfig:
    """All times in seconds.

    `resolver`: None takes the system's. `port`: of the authoritative servers.
    `nameservers`: ask these as the zone's authoritative servers, in place of those that the
    zone names; a resolver is asked for what lies outside the zone alone. `tries`: how long each
    try of a query waits; only a try that timed out is followed by another. `timeout`: for a
    whole domain, from its first query on. `max_queries`: the datagrams and connections that a whole
    domain may cost.
    `max_servers`: of a zone with more, those that are asked are drawn by lot.

    For many domains: `at_once` are looked at together, with at most `in_flight` queries
    unanswered and no more than `pace` queries a second sent (None: as fast as it goes).

    Raises ValueError for a pace at which a single domain's queries do not fit into its time.
    """

    resolver: Endpoint | None = None
    port: int = DNS_PORT
    nameservers: tuple[Endpoint, ...] = ()
    tries: tuple[float, ...] = (1.0, 2.0, 2.0)
    timeout: float = 10.0
    max_queries: int = 60
    max_servers: int = 8
    at_once: int = 2000
    in_flight: int = 1000
    pace: float | None = None

    def __post_init__(self) -> None:
        if self.pace is not None and self.pace < self.least_pace:
            raise ValueError(f"{self.pace} queries a second are too few, {self.least_pace} needed")

    @property
    def least_pace(self) -> float:
        """Queries a second: one domain may need them all."""
        return self.max_queries / self.timeout

    def resolvers(self) -> tuple[Endpoint, ...]:
        """The resolvers to ask. Reads the system's configuration when it is called."""
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


def socket_address(endpoint: Endpoint) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """The family and the address as the system itself writes it when a datagram comes from
    there (RFC 5952 for IPv6). A host's name is looked up. Raises OSError."""
    host, port = endpoint
    try:
        address = ip_address(host)
    except ValueError:
        family, _, _, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        return family, (str(found[0]), int(found[1]))
    return (socket.AF_INET6 if address.version == 6 else socket.AF_INET), (str(address), port)
