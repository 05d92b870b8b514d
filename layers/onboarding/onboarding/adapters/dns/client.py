"""Asks until there is a response or a reason why not: tries, TCP, EDNS, and the bounds of all."""

from __future__ import annotations

import asyncio
from random import Random

from onboarding.adapters.dns.config import DnsConfig, Endpoint
from onboarding.adapters.dns.transport import over_tcp, over_udp
from onboarding.adapters.dns.wire import (
    FORMERR,
    NOERROR,
    NXDOMAIN,
    Message,
    WireError,
    encode_query,
)
from onboarding.domain.observation import Failure, Question

_ONE_OF_65536 = 0x10000


class Client:
    """Puts the questions of one domain's check, within its time and its number of queries.

    Must be made within a running event loop: its time starts then. `rng` gives the ids and has
    to be unpredictable in production (`random.SystemRandom`).
    """

    def __init__(self, config: DnsConfig, rng: Random) -> None:
        self._config = config
        self._rng = rng
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + config.timeout
        self.queries_left = config.max_queries

    async def ask(
        self, server: Endpoint, question: Question, *, recurse: bool = False
    ) -> Message | Failure:
        """The response of one server, whatever its code, or why there is none.

        Only a time-out is tried again; with its time or queries used up it stays a time-out.
        """
        try:
            for patience in self._config.tries:
                try:
                    return await self._once(server, question, patience, recurse=recurse)
                except TimeoutError:
                    continue
        except WireError:
            return Failure.MALFORMED
        except OSError:
            return Failure.UNREACHABLE
        return Failure.TIMEOUT

    async def _once(
        self, server: Endpoint, question: Question, patience: float, *, recurse: bool
    ) -> Message:
        response = await self._exchange(server, question, patience, recurse=recurse, edns=True)
        if response.rcode == FORMERR:
            # A server from before EDNS says so with this code (RFC 6891 §7).
            return await self._exchange(server, question, patience, recurse=recurse, edns=False)
        return response

    async def _exchange(
        self, server: Endpoint, question: Question, patience: float, *, recurse: bool, edns: bool
    ) -> Message:
        id_ = self._rng.randrange(_ONE_OF_65536)
        query = encode_query(id_, question, recurse=recurse, edns=edns)

        def fits(response: Message) -> bool:
            asked = response.question == question
            left_out = response.question is None and response.rcode not in (NOERROR, NXDOMAIN)
            return response.id == id_ and (asked or left_out)

        response = await over_udp(query, server, fits, self._spend(patience))
        if response.truncated:
            return await over_tcp(query, server, fits, self._spend(patience))
        return response

    def _spend(self, patience: float) -> float:
        """Take one query from the budget; how long it may wait."""
        left = self._deadline - self._loop.time()
        if self.queries_left <= 0 or left <= 0:
            raise TimeoutError
        self.queries_left -= 1
        return min(patience, left)
