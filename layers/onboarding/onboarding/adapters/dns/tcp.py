"""One query over TCP (RFC 7766), for a response that does not fit into a datagram."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from onboarding.adapters.dns.wire import WireError

if TYPE_CHECKING:
    from onboarding.adapters.dns.config import Endpoint


async def over_tcp(query: bytes, server: Endpoint, timeout: float) -> bytes:
    """The octets of the response. Raises TimeoutError, WireError or OSError."""
    async with asyncio.timeout(timeout):
        reader, writer = await asyncio.open_connection(*server)
        try:
            writer.write(len(query).to_bytes(2) + query)
            await writer.drain()
            length = int.from_bytes(await reader.readexactly(2))
            return await reader.readexactly(length)
        except asyncio.IncompleteReadError:
            raise WireError("the connection ended within a message") from None
        finally:
            writer.close()
