"""One query to one server: send it, and wait for the response that belongs to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from onboarding.adapters.dns.config import Endpoint
from onboarding.adapters.dns.wire import Message, WireError, decode_response

Fits = Callable[[Message], bool]
"""Does a response belong to our query, by id and question?"""


async def over_udp(query: bytes, server: Endpoint, fits: Fits, timeout: float) -> Message:
    """Ask by UDP from a port of its own, so that its number has to be guessed as well.

    The socket is connected: the system drops what comes from any other address. Datagrams that
    do not fit are passed over until the time is up, for they may be forged.

    Raises TimeoutError; WireError if the server gave our query's id with octets that cannot be
    read, or only unfitting datagrams arrived; OSError if the server cannot be reached.
    """
    loop = asyncio.get_running_loop()
    transport, mailbox = await loop.create_datagram_endpoint(
        lambda: _Mailbox(query[:2], fits), remote_addr=server
    )
    try:
        transport.sendto(query)
        async with asyncio.timeout(timeout):
            return await mailbox.response
    except TimeoutError:
        if mailbox.unfitting:
            raise WireError("nothing but unfitting datagrams came") from None
        raise
    finally:
        transport.close()


class _Mailbox(asyncio.DatagramProtocol):
    """Keeps the first response that fits."""

    def __init__(self, id_: bytes, fits: Fits) -> None:
        self._id = id_
        self._fits = fits
        self.unfitting = False
        self.response: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.response.done():
            return
        try:
            message = decode_response(data)
        except WireError as error:
            if data[:2] == self._id:
                self.response.set_exception(error)
            self.unfitting = True
            return
        if self._fits(message):
            self.response.set_result(message)
        self.unfitting = True

    def error_received(self, exc: Exception) -> None:
        if not self.response.done():
            self.response.set_exception(exc)


async def over_tcp(query: bytes, server: Endpoint, fits: Fits, timeout: float) -> Message:
    """Ask by TCP (RFC 7766). Raises TimeoutError, WireError or OSError."""
    async with asyncio.timeout(timeout):
        reader, writer = await asyncio.open_connection(*server)
        try:
            writer.write(len(query).to_bytes(2) + query)
            await writer.drain()
            length = int.from_bytes(await reader.readexactly(2))
            message = decode_response(await reader.readexactly(length))
        except asyncio.IncompleteReadError:
            raise WireError("the connection ended within a message") from None
        finally:
            writer.close()
    if message.truncated or not fits(message):
        raise WireError("the response by TCP does not fit the query")
    return message
