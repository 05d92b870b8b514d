"""Looks at the DNS over the network: the zone, then every record at every server of it, then
what the absence of a record makes worth asking."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random, SystemRandom

from onboarding.adapters.dns.client import Client
from onboarding.adapters.dns.config import DnsConfig
from onboarding.adapters.dns.discovery import Discovery, IsRegistry, is_top_level
from onboarding.adapters.dns.outcomes import outcome_of
from onboarding.domain.dnsnames import canonical
from onboarding.domain.observation import (
    Failure,
    Lookup,
    NameServer,
    Observation,
    Question,
    Zone,
)
from onboarding.domain.questions import first_questions, follow_ups
from onboarding.domain.records import Record
from onboarding.domain.resolver_questions import resolver_questions

_ADDRESSES_TRIED = 2
_NOBODY_THERE = (Failure.TIMEOUT, Failure.UNREACHABLE)
RESOLVER = "resolver"
"""The name under which a resolver's answers are kept."""


class NetworkDns:
    """A DnsObserver over UDP and TCP.

    When all is right a check takes four round trips: SOA, NS, addresses, records; a fifth
    follows where a record is absent or lies in a zone delegated further down.
    """

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
        """See DnsObserver. Not to be called where an event loop runs: there, `look`."""
        return asyncio.run(self.look(domain, expected))

    async def look(self, domain: str, expected: Sequence[Record]) -> Observation:
        """`observe`, for those who check many domains at once."""
        client = Client(self._config, self._rng)
        discovery = Discovery(self._config, client, self._is_registry)
        questions = first_questions(expected)
        zone = await discovery.zone_of(canonical(domain), len(questions))
        if not isinstance(zone, Zone):
            return Observation(zone)
        check = _Check(self._config, client, discovery)
        return await check.of(canonical(domain), zone, expected, questions)


@dataclass(frozen=True, slots=True)
class _Check:
    """The questions to the servers of one domain's zone."""

    config: DnsConfig
    client: Client
    discovery: Discovery

    async def of(
        self, domain: str, zone: Zone, expected: Sequence[Record], questions: Sequence[Question]
    ) -> Observation:
        lookups = await self._at_all(zone, questions)
        more, resolved, (delegated, below) = await asyncio.gather(
            self._follow_up(zone, follow_ups(domain, expected, zone, lookups)),
            self._at_resolver(zone, expected, lookups, ()),
            self._in_delegated_zones(zone, lookups),
        )
        lookups += below + more
        resolved = await self._at_resolver(zone, expected, lookups, resolved)
        return Observation(zone, lookups, resolved, delegated)

    async def _at_all(self, zone: Zone, questions: Iterable[Question]) -> tuple[Lookup, ...]:
        asked = [
            self._at(server, zone, question) for question in questions for server in zone.servers
        ]
        return tuple(await asyncio.gather(*asked))

    async def _at(self, server: NameServer, zone: Zone, question: Question) -> Lookup:
        """One address a server, and another one only if nobody is there."""
        lookup = Lookup(server.name, question, Failure.UNREACHABLE)
        for address in server.addresses[:_ADDRESSES_TRIED]:
            response = await self.client.ask((address, server.port), question)
            lookup = Lookup(server.name, question, outcome_of(response, question, zone.cut))
            if lookup.outcome not in _NOBODY_THERE:
                break
        return lookup

    async def _follow_up(
        self, zone: Zone, wanted: Iterable[tuple[str, Question]]
    ) -> tuple[Lookup, ...]:
        servers = {server.name: server for server in zone.servers}
        asked = [self._at(servers[name], zone, question) for name, question in wanted]
        return tuple(await asyncio.gather(*asked))

    async def _at_resolver(
        self,
        zone: Zone,
        expected: Sequence[Record],
        lookups: Sequence[Lookup],
        resolved: tuple[Lookup, ...],
    ) -> tuple[Lookup, ...]:
        """All that the resolver has to tell, round after round until nothing more follows."""
        if self.config.nameservers and self.config.resolver is None:
            return ()
        while wanted := resolver_questions(expected, zone, lookups, resolved):
            resolved += tuple(await asyncio.gather(*map(self._resolve, wanted)))
        return resolved

    async def _resolve(self, question: Question) -> Lookup:
        response = await self.client.ask(self.config.resolvers()[0], question, recurse=True)
        return Lookup(RESOLVER, question, outcome_of(response, question))

    async def _in_delegated_zones(
        self, zone: Zone, lookups: Iterable[Lookup]
    ) -> tuple[tuple[Zone, ...], tuple[Lookup, ...]]:
        """Ask the child zones' own servers what the zone's servers have delegated to them."""
        referred = [lo.question for lo in lookups if lo.outcome is Failure.REFERRAL]
        questions = tuple(dict.fromkeys(referred))
        if not questions or self.config.nameservers:
            return (), ()
        found = await asyncio.gather(
            *(self.discovery.zone_of(question.name, len(questions)) for question in questions)
        )
        below = [
            (child, question)
            for child, question in zip(found, questions, strict=True)
            if isinstance(child, Zone) and child.cut != zone.cut
        ]
        answers = await asyncio.gather(*(self._at_all(child, (q,)) for child, q in below))
        children = tuple(dict.fromkeys(child for child, _ in below))
        return children, tuple(lookup for some in answers for lookup in some)
