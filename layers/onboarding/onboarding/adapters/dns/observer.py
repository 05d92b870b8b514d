"""A DnsObserver over the network, for one domain or for many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from onboarding.adapters.dns.asking import Asking, Budget, Upstreams
from onboarding.adapters.dns.config import DnsConfig
from onboarding.adapters.dns.discovery import IsRegistry, is_top_level
from onboarding.adapters.dns.engine import Engine, Start
from onboarding.adapters.dns.look import look
from onboarding.domain.records import Record

if TYPE_CHECKING:
    from onboarding.domain.observation import Observation

Wanted = tuple[str, Sequence[Record]]
"""A domain and the records expected there."""


class NetworkDns:
    """A DnsObserver, and ManyDomains, over UDP and TCP."""

    def __init__(
        self,
        config: DnsConfig | None = None,
        rng: Random | None = None,
        is_registry: IsRegistry = is_top_level,
    ) -> None:
        self._config = config or DnsConfig()
        self._rng = rng or SystemRandom()
        self._is_registry = is_registry

    def observe(self, domain: str, expected: Sequence[Record]) -> Observation:
        """See DnsObserver. Not to be called where an event loop runs: there, `observe_many`."""
        return asyncio.run(self._observe((domain, expected)))

    async def _observe(self, wanted: Wanted) -> Observation:
        async with Engine(self._config, self._rng) as engine:
            return await engine.run(self._looks().of(wanted))

    async def observe_many(
        self, wanted: Iterable[Wanted]
    ) -> AsyncIterator[tuple[Wanted, Observation]]:
        """Each domain with what was seen of it, as they are done.

        `wanted` is read no faster than that, so memory does not grow with its length.
        """
        looks = self._looks()
        async with Engine(self._config, self._rng) as engine:
            async for each in engine.run_all((one, looks.of(one)) for one in wanted):
                yield each

    def observe_each(
        self, wanted: Sequence[Wanted], seen: Callable[[str, Observation], None]
    ) -> None:
        """See ManyDomains. Not to be called where an event loop runs."""
        asyncio.run(self._observe_each(wanted, seen))

    async def _observe_each(
        self, wanted: Sequence[Wanted], seen: Callable[[str, Observation], None]
    ) -> None:
        async for (domain, _), observed in self.observe_many(wanted):
            seen(domain, observed)

    def _looks(self) -> _Looks:
        return _Looks(self._config, self._is_registry)


class _Looks:
    """Begins looks that share what they learn of the resolvers."""

    def __init__(self, config: DnsConfig, is_registry: IsRegistry) -> None:
        self._config = config
        self._is_registry = is_registry
        # Servers named by hand know nothing of what lies outside of the zone.
        self._resolvers = Upstreams(config.resolvers(), authoritative=False)

    def of(self, wanted: Wanted) -> Start[Observation]:
        domain, expected = wanted

        def start(budget: Budget) -> Asking[Observation]:
            return look(
                domain,
                expected,
                config=self._config,
                budget=budget,
                upstreams=self._upstreams(),
                resolvers=self._resolvers,
                is_registry=self._is_registry,
            )

        return start

    def _upstreams(self) -> Upstreams:
        """Whom to ask for the zone: servers named by hand are one domain's own."""
        if self._config.nameservers:
            return Upstreams(self._config.nameservers, authoritative=True)
        return self._resolvers
