"""The sockets: UDP and TCP on the same port of every address, for one `Exchange`."""

import asyncio
import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from local.dns.exchange import LONGEST_MESSAGE, Exchange, Reply

IDLE_SECONDS = 30.0
_PORT_ATTEMPTS = 50
_BACKLOG = 512
_ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_RECEIVE_BUFFER = 4 * 1024 * 1024


class CannotListen(OSError):
    """No port is free, or the first address is not this machine's."""


@dataclass(frozen=True, slots=True)
class Sockets:
    """The bound sockets of one address."""

    address: str
    udp: socket.socket
    tcp: socket.socket

    @property
    def port(self) -> int:
        return int(self.udp.getsockname()[1])

    def close(self) -> None:
        self.udp.close()
        self.tcp.close()


def bind(addresses: Sequence[str], port: int) -> list[Sockets]:
    """Bind UDP and TCP on one port of every address; port 0 takes one that all have free.

    Addresses after the first that this machine does not have are left out: only Linux has all
    of 127.0.0.0/8. Raises `CannotListen`.
    """
    for _ in range(_PORT_ATTEMPTS if port == 0 else 1):
        try:
            return _bind_all(addresses, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port:
                raise CannotListen(f"cannot listen on port {port}: {error.strerror}") from error
    raise CannotListen("no port is free on all addresses")


def _bind_all(addresses: Sequence[str], port: int) -> list[Sockets]:
    bound: list[Sockets] = []
    try:
        for address in addresses:
            try:
                bound.append(_bind_one(address, bound[0].port if bound else port))
            except OSError as error:
                if error.errno not in _ABSENT or not bound:
                    raise
    except OSError:
        for sockets in bound:
            sockets.close()
        raise
    return bound


def _bind_one(address: str, port: int) -> Sockets:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    tcp = socket.socket(family, socket.SOCK_STREAM)
    udp = socket.socket(family, socket.SOCK_DGRAM)
    try:
        # Without it a restart on the same port fails while old connections linger.
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        tcp.bind((address, port))
        udp.bind((address, tcp.getsockname()[1]))
        tcp.listen(_BACKLOG)
    except OSError:
        tcp.close()
        udp.close()
        raise
    for each in (tcp, udp):
        each.setblocking(False)
    return Sockets(address, udp, tcp)


async def listen(
    sockets: Sequence[Sockets], exchange: Exchange, idle_seconds: float = IDLE_SECONDS
) -> list[asyncio.BaseTransport | asyncio.Server]:
    """Serve on bound sockets until what is returned is closed."""
    loop = asyncio.get_running_loop()
    serving: list[asyncio.BaseTransport | asyncio.Server] = []
    for each in sockets:
        address = each.address
        transport, _ = await loop.create_datagram_endpoint(
            lambda address=address: _Udp(exchange, address),  # type: ignore[misc]
            sock=each.udp,
        )
        tcp = await loop.create_server(
            lambda address=address: _Tcp(exchange, address, idle_seconds),  # type: ignore[misc]
            sock=each.tcp,
        )
        serving += [transport, tcp]
    return serving


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, exchange: Exchange, server: str) -> None:
        self._exchange = exchange
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every event loop's transport is registered as a DatagramTransport.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._exchange.reply(data, self._server, "udp")
        if reply is None:
            return
        if reply.delay:
            loop = asyncio.get_running_loop()
            loop.call_later(reply.delay, self._transport.sendto, reply.wire, addr)
        else:
            self._transport.sendto(reply.wire, addr)


class _Tcp(asyncio.Protocol):
    """One connection with messages framed by two octets of length (RFC 7766 section 8).

    Requests may be pipelined; delayed replies are overtaken by later ones.
    """

    def __init__(self, exchange: Exchange, server: str, idle_seconds: float) -> None:
        self._exchange = exchange
        self._server = server
        self._idle_seconds = idle_seconds
        self._buffer = bytearray()
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._restart_idle_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._idle:
            self._idle.cancel()

    def data_received(self, data: bytes) -> None:
        self._restart_idle_timer()
        self._buffer += data
        while len(self._buffer) >= 2:
            end = 2 + int.from_bytes(self._buffer[:2], "big")
            if len(self._buffer) < end:
                return
            request = bytes(self._buffer[2:end])
            del self._buffer[:end]
            reply = self._exchange.reply(request, self._server, "tcp")
            if reply is not None:
                self._send(reply)

    def pause_writing(self) -> None:
        # A client that sends but does not read must not fill the memory.
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def _send(self, reply: Reply) -> None:
        assert len(reply.wire) <= LONGEST_MESSAGE
        framed = len(reply.wire).to_bytes(2, "big") + reply.wire
        if reply.delay:
            asyncio.get_running_loop().call_later(reply.delay, self._write, framed)
        else:
            self._write(framed)

    def _write(self, framed: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(framed)

    def _restart_idle_timer(self) -> None:
        if self._idle:
            self._idle.cancel()
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(self._idle_seconds, self._transport.close)
