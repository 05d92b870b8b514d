"""A few UDP sockets on which queries go out, and on which the responses to them come back.

Many queries share a socket, so a response is matched by the address that it comes from and by
its id; whoever reads it compares the question. Each query goes out on a socket of the few that
is drawn by lot, with an id drawn by lot, since both have to be guessed by who would forge a
response.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from random import Random
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from onboarding.adapters.dns.config import Endpoint

SOCKETS = 8
"""The system keeps a few hundred datagrams for each, until they are read."""
_DRAINED_AT_ONCE = 64
_LONGEST = 4096
_RECEIVE_BUFFER = 4 * 1024 * 1024
_MOST_STRAYS = 1000
_DRAWN_AT_ONCE, _FEW_LOTS = 256, 2
_TAKEN = 0xC000
"""How many ids of one socket may be in use, so that a free one is soon drawn."""

# Numbers of linux/in.h and linux/in6.h, which Python does not name.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_MSG_ERRQUEUE = getattr(socket, "MSG_ERRQUEUE", 0)
_BUSY = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS}


class Sent(Protocol):
    """What the channel has to know of a query, and keeps with it: `place` is the channel's."""

    family: socket.AddressFamily
    address: Endpoint
    place: Place | None

    def octets(self, id_: int) -> bytes: ...


class Busy(Exception):
    """The system has no room for another datagram just now."""


class Socket:
    """One socket, and the queries that wait for a response on it by their ids."""

    __slots__ = ("plain", "waiting")

    def __init__(self, family: socket.AddressFamily) -> None:
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
        self.waiting: dict[int, Any] = {}


Place = tuple[Socket, int]
"""Where a query waits for its response: the socket, and the id."""


Q = TypeVar("Q", bound=Sent)


class Channel(Generic[Q]):
    """Must be made, used and closed within a running event loop.

    `received(query, octets)` is called for each datagram that comes from a query's server under
    its id, until the query is forgotten; `unreachable(query)` when the system says that nobody
    is there.
    """

    def __init__(
        self,
        rng: Random,
        received: Callable[[Q, bytes], None],
        unreachable: Callable[[Q], None],
    ) -> None:
        self._rng = rng
        self._received = received
        self._unreachable = unreachable
        self._loop = asyncio.get_running_loop()
        self._sockets: dict[socket.AddressFamily, list[Socket]] = {}
        self._strays: dict[Endpoint, float] = {}
        self._lots: list[int] = []

    def send(self, query: Q) -> None:
        """Raises Busy; OSError where there is no way to the server."""
        sockets = self._sockets.get(query.family) or self._open(query.family)
        lots = self._lots
        if len(lots) < _FEW_LOTS:
            self._draw()
        chosen = sockets[lots.pop() % len(sockets)]
        if len(chosen.waiting) >= _TAKEN:
            raise Busy
        id_ = lots.pop()
        while id_ in chosen.waiting:
            if not lots:
                self._draw()
            id_ = lots.pop()
        try:
            chosen.plain.sendto(query.octets(id_), query.address)
        except OSError as error:
            if error.errno in _BUSY:
                raise Busy from None
            if error.errno == errno.ECONNREFUSED:
                # The system tells it of an earlier query on this socket; this one was not sent.
                self._read_errors(chosen)
                raise Busy from None
            raise
        chosen.waiting[id_] = query
        query.place = (chosen, id_)

    def _draw(self) -> None:
        """A stock of numbers of 16 bits: to ask the system for each of them alone would cost as
        much as all else that is done for a query."""
        stock = self._rng.getrandbits(16 * _DRAWN_AT_ONCE).to_bytes(2 * _DRAWN_AT_ONCE)
        self._lots.extend(memoryview(stock).cast("H"))

    def forget(self, query: Q) -> None:
        """Nothing more is wanted of this query."""
        if query.place is not None:
            chosen, id_ = query.place
            del chosen.waiting[id_]
            query.place = None

    def strayed(self, address: Endpoint, since: float) -> bool:
        """Has a datagram that belongs to no query come from there since a time of `monotonic`?"""
        return self._strays.get(address, -1.0) >= since

    def close(self) -> None:
        for each in self._all():
            self._loop.remove_reader(each.plain)
            each.plain.close()
        self._sockets.clear()

    def _all(self) -> Iterator[Socket]:
        return (each for sockets in self._sockets.values() for each in sockets)

    def _open(self, family: socket.AddressFamily) -> list[Socket]:
        opened = self._sockets[family] = [Socket(family) for _ in range(SOCKETS)]
        for each in opened:
            self._loop.add_reader(each.plain, self._drain, each)
        return opened

    def _drain(self, from_: Socket) -> None:
        """Read what has come, but not for so long that other sockets overflow."""
        receive, waiting = from_.plain.recvfrom, from_.waiting
        try:
            for _ in range(_DRAINED_AT_ONCE):
                octets, address = receive(_LONGEST)
                query = waiting.get(octets[0] << 8 | octets[1]) if len(octets) > 1 else None
                if query is not None and (query.address == address or query.address == address[:2]):
                    self._received(query, octets)
                else:
                    self._stray(address[:2])
        except BlockingIOError:
            return
        except OSError:
            self._read_errors(from_)

    def _stray(self, address: Endpoint) -> None:
        if len(self._strays) >= _MOST_STRAYS:
            self._strays.clear()
        self._strays[address] = monotonic()

    def _read_errors(self, of: Socket) -> None:
        """Take what the system knows of queries that nobody was there for. It hands back the
        head of each."""
        while True:
            try:
                octets, _, _, address = of.plain.recvmsg(_LONGEST, 512, _MSG_ERRQUEUE)
            except OSError:
                return
            query = of.waiting.get(int.from_bytes(octets[:2]))
            if query is not None and address and query.address == address[:2]:
                self._unreachable(query)
