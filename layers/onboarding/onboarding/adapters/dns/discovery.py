"""Finds a domain's zone: its cut by the SOA, its name servers, and their addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from onboarding.adapters.dns.client import Client
from onboarding.adapters.dns.config import DnsConfig, Endpoint
from onboarding.adapters.dns.sources import Sources
from onboarding.adapters.dns.validation import find_bogus
from onboarding.adapters.dns.wire import NXDOMAIN, Message
from onboarding.domain.dnsnames import from_here_upwards, is_at_or_below
from onboarding.domain.observation import (
    Bogus,
    Failure,
    NameServer,
    NoSuchZone,
    Question,
    ResourceRecord,
    Zone,
)

IsRegistry = Callable[[str], bool]
"""Is this a name under which people register domains, such as `com` or `co.uk`?"""


def is_top_level(name: str) -> bool:
    """The registries that can be told without a list of public suffixes: root and TLDs."""
    return "." not in name


class Discovery:
    """Finds zones through resolvers, or from servers that were named by hand."""

    def __init__(self, config: DnsConfig, client: Client, is_registry: IsRegistry) -> None:
        self._config = config
        self._client = client
        self._is_registry = is_registry
        self._sources = Sources(client, config)

    async def zone_of(self, name: str, questions: int) -> Zone | NoSuchZone | Bogus | Failure:
        """The zone that `name` lies in, with as many servers as `questions` can be put to
        within the budget."""
        soa = await self._soa(name)
        if soa is Failure.SERVFAIL and not self._config.nameservers:
            resolver = self._config.resolvers()[0]
            return await find_bogus(self._client, resolver, name) or soa
        if not isinstance(soa, ResourceRecord):
            return soa
        response = await self._sources.ask(Question(soa.name, "NS"))
        names = _targets(response, soa.name)
        if self._config.nameservers:
            servers = tuple(map(_named_by_hand, self._config.nameservers))
            names = names or tuple(server.name for server in servers)
        elif isinstance(response, Failure):
            return response
        else:
            servers = await self._located(names[: self._affordable(questions)])
        return Zone(soa.name, soa.text.partition(" ")[0], names, servers)

    async def _soa(self, name: str) -> ResourceRecord | NoSuchZone | Failure:
        """The SOA of the zone around `name`.

        A negative answer carries it (RFC 2308 §3), so mostly the first question suffices; a
        parent is asked where `name` is an alias or a forwarder has left the SOA out.
        """
        denied = False
        for candidate in from_here_upwards(name):
            response = await self._sources.ask(Question(candidate, "SOA"))
            if isinstance(response, Failure):
                return response
            denied = denied or response.rcode == NXDOMAIN
            soa = _soa_around(candidate, response)
            if soa is not None and soa.name != name and self._is_registry(soa.name):
                return NoSuchZone(soa.name)
            if soa is not None:
                return soa
        return NoSuchZone("") if denied else Failure.SERVFAIL

    async def _located(self, names: tuple[str, ...]) -> tuple[NameServer, ...]:
        return tuple(await asyncio.gather(*map(self._with_addresses, names)))

    async def _with_addresses(self, name: str) -> NameServer:
        """IPv6 is only asked for where there is no IPv4, to save questions."""
        for type_ in ("A", "AAAA"):
            response = await self._sources.ask(Question(name, type_))
            if isinstance(response, Message):
                found = tuple(rr.text for rr in response.answer if rr.type == type_)
                if found:
                    return NameServer(name, found, self._config.port)
        return NameServer(name)

    def _affordable(self, questions: int) -> int:
        """How many servers can be looked up and asked everything, at least one."""
        each = questions + 1
        return max(1, min(self._config.max_servers, self._client.queries_left // each))


def _named_by_hand(endpoint: Endpoint) -> NameServer:
    address, port = endpoint
    written = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    return NameServer(written, (address,), port)


def _soa_around(name: str, response: Message) -> ResourceRecord | None:
    """The SOA in answer or authority, if it is that of a zone around `name`.

    After an alias the authority speaks of the target's zone, which need not be around it.
    """
    for record in (*response.answer, *response.authority):
        if record.type == "SOA" and is_at_or_below(name, record.name):
            return record
    return None


def _targets(response: Message | Failure, apex: str) -> tuple[str, ...]:
    if isinstance(response, Failure):
        return ()
    found = (rr.text for rr in response.answer if rr.type == "NS" and rr.name == apex)
    return tuple(sorted(dict.fromkeys(found)))
