"""The sockets that queries go out on, and the servers that they go to."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from onboarding.adapters.dns.config import Endpoint

_RECEIVE_BUFFER: Final = 4 * 1024 * 1024

# Numbers of linux/in.h and linux/in6.h, which Python does not name.
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25

Id = bytes
"""As it stands in a message, so that it need not be made a number and back."""


class Socket:
    """One socket, and the queries that wait for a response on it by their ids; `peer` is the
    only address that it is for, if there is one.

    `late` are those that nobody waits for any more, though a response may still come: by the id
    where each went, the octets of its question, and until which time of `monotonic` to expect it.
    """

    __slots__ = ("late", "peer", "plain", "waiting")

    def __init__(self, family: socket.AddressFamily, peer: Endpoint | None) -> None:
        self.plain = socket.socket(family, socket.SOCK_DGRAM)
        self.plain.setblocking(False)
        self.plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        try:
            # Without it nobody tells a socket for all addresses that nobody is at one of them.
            if family == socket.AF_INET:
                self.plain.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
            else:
                self.plain.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        except OSError:
            pass  # not Linux: a server that is not there takes its time-out
        if peer is not None:
            self.plain.connect(peer)
        self.peer = peer
        self.waiting: dict[Id, Any] = {}
        self.late: dict[Id, tuple[Endpoint, bytes, float]] = {}


class Server:
    """Where queries go: an address as the system writes it, and the sockets to take. `asked`
    counts the queries that went there."""

    __slots__ = ("address", "asked", "family", "sockets")

    def __init__(
        self, family: socket.AddressFamily, address: Endpoint, sockets: list[Socket]
    ) -> None:
        self.family = family
        self.address = address
        self.sockets = sockets
        self.asked = 0
