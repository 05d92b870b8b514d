"""The background task that keeps looking for the records of every identity."""

import asyncio
import logging
from functools import partial
from typing import Final

from local.ses.lookup import Resolver
from local.ses.records import EASY_DKIM, Identity, Search
from local.ses.regions import feedback_host, signing_hosted_zone
from local.ses.service import Service
from local.ses.settling import settle
from local.ses.tokens import easy_dkim_tokens
from local.ses.verification import Observation, Which, expire, observe

ROUND: Final = 0.2
"""Real seconds between two rounds."""

QUERIES_PER_SECOND: Final = 300
"""What the DNS server is asked at most, in real seconds."""

_QUERIES_PER_LOOK: Final = 4
LOOKS_PER_ROUND: Final = int(QUERIES_PER_SECOND * ROUND / _QUERIES_PER_LOOK)

_log = logging.getLogger(__name__)


class Verifier:
    """Looks up what is due. A slow DNS server holds up only the identities that it serves."""

    def __init__(self, service: Service, resolver: Resolver) -> None:
        self._service = service
        self._resolver = resolver
        self._looks: dict[tuple[str, Which], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Round after round, until cancelled."""
        try:
            while True:
                self.start_round()
                await asyncio.sleep(ROUND)
        finally:
            for look in self._looks.values():
                look.cancel()

    def start_round(self) -> None:
        """Start as many looks as the budget allows, leaving those under way alone."""
        now = self._service.clock.now()
        due = self._service.store.due(now, LOOKS_PER_ROUND + len(self._looks))
        waiting = [search for search in due if (search.identity, search.which) not in self._looks]
        for search in waiting[:LOOKS_PER_ROUND]:
            key = (search.identity, search.which)
            look = asyncio.create_task(self._look(search))
            self._looks[key] = look
            look.add_done_callback(partial(self._finish, key))

    def _finish(self, key: tuple[str, Which], look: asyncio.Task[None]) -> None:
        self._looks.pop(key, None)
        if not look.cancelled() and look.exception():
            _log.error("looking %s of %s up failed", key[1], key[0], exc_info=look.exception())

    async def _look(self, search: Search) -> None:
        identity = self._service.store.identity(search.identity)
        if identity is None:
            return
        if search.which is Which.ADDRESS:
            progress, change = expire(search.progress, self._service.clock.now())
        else:
            seen = await self._observe(identity, search.which)
            progress, change = observe(
                search.which, search.progress, seen, self._service.clock.now()
            )
        settle(self._service, identity, search, progress, change)

    async def _observe(self, identity: Identity, which: Which) -> Observation:
        region = self._service.settings.region
        if which is Which.MAIL_FROM:
            return await self._resolver.mail_from(
                identity.mail_from_domain or "", feedback_host(region)
            )
        if identity.origin == EASY_DKIM:
            tokens = easy_dkim_tokens(self._service.seed, identity.name, identity.generation)
            return await self._resolver.easy_dkim(
                identity.name, tokens, signing_hosted_zone(region)
            )
        return await self._resolver.own_dkim(
            identity.name, identity.selector or "", identity.public_key or ""
        )
