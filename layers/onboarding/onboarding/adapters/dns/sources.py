"""The servers that discovery asks: resolvers, or name servers that were named by hand."""

from __future__ import annotations

import asyncio

from onboarding.adapters.dns.client import Client
from onboarding.adapters.dns.config import DnsConfig, Endpoint
from onboarding.adapters.dns.outcomes import failure_of
from onboarding.adapters.dns.wire import Message
from onboarding.domain.observation import Failure, Question


class Sources:
    """Servers of which any may answer.

    The first question goes to all of them at once; who answers it first is asked alone from
    then on, so that a dead one costs no time and the others are spared.
    """

    def __init__(self, client: Client, config: DnsConfig) -> None:
        self._client = client
        self._authoritative = bool(config.nameservers)
        self._servers = config.nameservers or config.resolvers()

    async def ask(self, question: Question) -> Message | Failure:
        """A response that answers, positively or negatively, or why there is none."""
        asking = [asyncio.create_task(self._put(at, question)) for at in self._servers]
        failure = Failure.UNREACHABLE
        try:
            for next_done in asyncio.as_completed(asking):
                server, response = await next_done
                if isinstance(response, Message):
                    self._servers = (server,)
                    return response
                failure = response
            return failure
        finally:
            for task in asking:
                task.cancel()

    async def _put(
        self, server: Endpoint, question: Question
    ) -> tuple[Endpoint, Message | Failure]:
        recurse = not self._authoritative
        response = await self._client.ask(server, question, recurse=recurse)
        if isinstance(response, Message):
            refused = failure_of(response, authoritative=self._authoritative)
            return server, refused or response
        return server, response
