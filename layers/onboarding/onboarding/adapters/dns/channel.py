"""A few UDP sockets on which queries go out, and on which the responses to them come back.

Many queries share a socket, so a response is matched by the address that it comes from and by
its id; whoever reads it compares the question. Each query goes out on a socket of the few that
is drawn by lot, with an id drawn by lot, since both have to be guessed by who would forge a
response.

A server that is asked often gets as many sockets to itself, connected to it: then the system
lets nothing through that comes from elsewhere, and neither has it to read the address of each
query nor we that of each response, which is a tenth of all that a lookup costs.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Iterator
from random import Random
from time import monotonic
from typing import TYPE_CHECKING, Final

from onboarding.adapters.dns.config import Endpoint, socket_address
from onboarding.adapters.dns.sockets import Id, Server, Socket
from onboarding.adapters.dns.wire import ID_LENGTH

if TYPE_CHECKING:
    from onboarding.adapters.dns.query import Query

SOCKETS: Final = 8
"""The system keeps a few hundred datagrams for each, until they are read."""
OFTEN: Final = 256
"""After so many queries a server gets sockets to itself."""
_MOST_LINES: Final = 16
"""So many servers may have them."""
_DRAINED_AT_ONCE: Final = 64
_LONGEST: Final = 4096
_MOST_STRAYS: Final = 1000
_LATE_FOR: Final = 10.0
"""Seconds that a response may take after its query was given up; resolvers themselves try for that
long."""
_MOST_LATE: Final = 1000
"""For each socket."""
_QUESTION_AT: Final = 12
"""Where the question stands in a message."""
_LOTS: Final = struct.Struct(f"B{ID_LENGTH}s" * 256)
_TAKEN: Final = 0xC000
"""How many ids of one socket may be in use, so that a free one is soon drawn."""

_MSG_ERRQUEUE: Final = int(getattr(socket, "MSG_ERRQUEUE", 0))
_BUSY: Final = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS}


class Busy(Exception):
    """The system has no room for another datagram just now."""


class Receiver:
    """Takes what comes back. A class to inherit from rather than a protocol or two functions:
    calls to it are a good deal faster where this is compiled."""

    def received(self, query: Query, octets: bytes) -> None:
        """A datagram has come from the query's server under its id. Called for each, until the
        query is forgotten."""
        raise NotImplementedError

    def unreachable(self, query: Query) -> None:
        """The system says that nobody is there."""
        raise NotImplementedError


class Channel:
    """Must be made, used and closed within a running event loop."""

    def __init__(self, rng: Random, receiver: Receiver) -> None:
        self._rng = rng
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._shared: dict[socket.AddressFamily, list[Socket]] = {}
        self._lines: dict[Endpoint, Server] = {}
        self._strays: dict[Endpoint, float] = {}
        self._lots: list[tuple[int, Id]] = []

    def server(self, endpoint: Endpoint) -> Server:
        """Raises OSError where there is no way to such an address."""
        family, address = socket_address(endpoint)
        known = self._lines.get(address)
        if known is not None:
            return known
        if family not in self._shared:
            self._shared[family] = self._open(family, None)
        return Server(family, address, self._shared[family])

    def send(self, query: Query) -> None:
        """Raises Busy; OSError where there is no way to the server."""
        server, lots = query.server, self._lots
        place, id_ = (lots or self._draw()).pop()
        chosen = server.sockets[place % SOCKETS]
        waiting = chosen.waiting
        if len(waiting) >= _TAKEN:
            raise Busy
        while id_ in waiting or id_ in chosen.late:
            _, id_ = (lots or self._draw()).pop()
        try:
            if chosen.peer is None:
                chosen.plain.sendto(id_ + query.body, server.address)
            else:
                chosen.plain.send(id_ + query.body)
        except OSError as error:
            if error.errno in _BUSY:
                raise Busy from None
            if error.errno == errno.ECONNREFUSED:
                # The system tells it of an earlier query on this socket; this one was not sent.
                self._read_errors(chosen)
                raise Busy from None
            raise
        waiting[id_] = query
        query.socket, query.id = chosen, id_
        if chosen.peer is None:
            server.asked += 1
            if server.asked == OFTEN:
                self._give_line(server)

    def _draw(self) -> list[tuple[int, Id]]:
        """A stock of places and ids: to ask the system for each of them alone would cost as much
        as all else that is done for a query."""
        drawn = iter(_LOTS.unpack(self._rng.randbytes(_LOTS.size)))
        self._lots.extend(zip(drawn, drawn, strict=True))
        return self._lots

    def _give_line(self, server: Server) -> None:
        """Sockets of its own for the queries to come; those that wait stay where they are."""
        if len(self._lines) >= _MOST_LINES:
            return
        try:
            server.sockets = self._open(server.family, server.address)
        except OSError:
            return  # no more sockets to be had: it shares the others' as before
        self._lines[server.address] = server

    def forget(self, query: Query) -> None:
        """Nothing more is wanted of this query, which is waiting."""
        assert query.socket is not None
        del query.socket.waiting[query.id]
        query.socket = None

    def give_up(self, query: Query) -> None:
        """Nobody waits for this query any more; what still comes for it in the next seconds is
        late, and no stray."""
        socket_ = query.socket
        assert socket_ is not None
        self.forget(query)
        late = socket_.late
        late.pop(query.id, None)  # so that it stands last, as the newest
        late[query.id] = (query.server.address, query.wire, monotonic() + _LATE_FOR)
        if len(late) > _MOST_LATE:
            del late[next(iter(late))]

    def strayed(self, address: Endpoint, since: float) -> bool:
        """Has a datagram that belongs to no query, not even to one given up of late, come from
        there since a time of `monotonic`?"""
        return self._strays.get(address, -1.0) >= since

    def close(self) -> None:
        for each in self._all():
            self._loop.remove_reader(each.plain)
            each.plain.close()
        self._shared.clear()
        self._lines.clear()

    def _all(self) -> Iterator[Socket]:
        for sockets in self._shared.values():
            yield from sockets
        for server in self._lines.values():
            yield from server.sockets

    def _open(self, family: socket.AddressFamily, peer: Endpoint | None) -> list[Socket]:
        opened: list[Socket] = []
        try:
            while len(opened) < SOCKETS:
                opened.append(Socket(family, peer))
        except OSError:
            for each in opened:
                each.plain.close()
            raise
        drain = self._drain if peer is None else self._drain_line
        for each in opened:
            self._loop.add_reader(each.plain, drain, each)
        return opened

    def _drain(self, from_: Socket) -> None:
        """Read what has come, but not for so long that other sockets overflow."""
        receive, waiting, receiver = from_.plain.recvfrom, from_.waiting, self._receiver
        try:
            for _ in range(_DRAINED_AT_ONCE):
                octets, address = receive(_LONGEST)
                query: Query | None = waiting.get(octets[:ID_LENGTH])
                # IPv6 adds flow and scope to an address.
                if query is not None and query.server.address == address[:2]:
                    receiver.received(query, octets)
                else:
                    self._came_unasked(from_, octets, address[:2])
        except BlockingIOError:
            return
        except OSError:
            self._read_errors(from_)

    def _drain_line(self, from_: Socket) -> None:
        """The same for a socket on which the system has compared the address."""
        receive, waiting, receiver = from_.plain.recv, from_.waiting, self._receiver
        try:
            for _ in range(_DRAINED_AT_ONCE):
                octets = receive(_LONGEST)
                query: Query | None = waiting.get(octets[:ID_LENGTH])
                if query is not None:
                    receiver.received(query, octets)
                elif from_.peer is not None:
                    self._came_unasked(from_, octets, from_.peer)
        except BlockingIOError:
            return
        except OSError:
            self._read_errors(from_)

    def _came_unasked(self, to: Socket, octets: bytes, address: Endpoint) -> None:
        """Note a stray, unless it is a late response; an error may leave the question out."""
        late = to.late.get(octets[:ID_LENGTH])
        if late is not None:
            server, question, until = late
            repeated = octets[_QUESTION_AT : _QUESTION_AT + len(question)].lower()
            fits = len(octets) <= _QUESTION_AT or repeated == question.lower()
            if server == address and fits and monotonic() < until:
                return
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
            query: Query | None = of.waiting.get(octets[:ID_LENGTH])
            if query is not None and address and query.server.address == address[:2]:
                self._receiver.unreachable(query)
