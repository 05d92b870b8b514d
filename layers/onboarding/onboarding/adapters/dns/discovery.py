"""Finds a domain's zone: its cut by the SOA, its name servers, and their addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onboarding.adapters.dns.asking import Ask, Asking, Budget, Reply, Upstreams, ask
from onboarding.adapters.dns.outcomes import failure_of
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

if TYPE_CHECKING:
    from onboarding.adapters.dns.config import DnsConfig, Endpoint

ASKED_FIRST = 5
"""Servers asked at once. Where a zone has more, the questions that an absence makes worth asking
come before those to the others, so that they fit into the budget."""

IsRegistry = Callable[[str], bool]
"""Is this a name under which people register domains, such as `com` or `co.uk`?"""


def is_top_level(name: str) -> bool:
    """The registries that can be told without a list of public suffixes: root and TLDs."""
    return "." not in name


@dataclass(frozen=True, slots=True)
class Discovery:
    """Finds zones through `upstreams`: resolvers, or servers that were named by hand."""

    config: DnsConfig
    upstreams: Upstreams
    budget: Budget
    is_registry: IsRegistry = field(default=is_top_level)

    def zone_of(self, name: str, questions: int) -> Asking[Zone | NoSuchZone | Bogus | Failure]:
        """The zone that `name` lies in, with as many servers as `questions` can be put to
        within the budget."""
        soa = yield from self._soa(name)
        if not isinstance(soa, ResourceRecord):
            return soa
        names = yield from self._names(soa.name)
        if self.config.nameservers:
            servers = tuple(map(_named_by_hand, self.config.nameservers))
            names = () if isinstance(names, Failure) else names
            names = names or tuple(server.name for server in servers)
        elif isinstance(names, Failure):
            return names
        else:
            servers = yield from self._located(self._drawn(names, questions))
        return Zone(soa.name, soa.text.partition(" ")[0], names, servers)

    def _soa(self, name: str) -> Asking[ResourceRecord | NoSuchZone | Bogus | Failure]:
        """The SOA of the zone around `name`.

        A negative answer carries it (RFC 2308 §3), so mostly the first question suffices; a
        parent is asked where `name` is an alias or a forwarder has left the SOA out, and where
        a resolver fails: `name` may be an alias to a dead host in a zone that is well. Once it
        has failed a registry is not asked, whose word would not be about this zone.
        """
        denied = failed = False
        for candidate in from_here_upwards(name):
            if failed and self.is_registry(candidate):
                break
            response = yield from self._put(Question(candidate, "SOA"), shared=False)
            if response is Failure.SERVFAIL:
                bogus = yield from self._bogus(candidate)
                if bogus is not None:
                    return bogus
                failed = True
                continue
            if isinstance(response, Failure):
                return response
            denied = denied or response.rcode == NXDOMAIN
            soa = _soa_around(candidate, response)
            if soa is not None and soa.name != name and self.is_registry(soa.name):
                return Failure.SERVFAIL if failed else NoSuchZone(soa.name)
            if soa is not None:
                return soa
        return NoSuchZone("") if denied and not failed else Failure.SERVFAIL

    def _bogus(self, name: str) -> Asking[Bogus | None]:
        """Does a resolver fail at `name` because the zone around it does not validate?"""
        if self.upstreams.authoritative:
            return None
        return (yield from find_bogus(self.upstreams, name))

    def _names(self, cut: str) -> Asking[tuple[str, ...] | Failure]:
        """The zone's NS set."""
        response = yield from self._put(Question(cut, "NS"), shared=True)
        if isinstance(response, Failure):
            return response
        found = [rr.text for rr in response.answer if rr.type == "NS" and rr.name == cut]
        return tuple(sorted(set(found)))

    def _located(self, names: tuple[str, ...]) -> Asking[tuple[NameServer, ...]]:
        """The servers with their addresses. IPv6 is only asked for where there is no IPv4, to
        save questions."""
        found: dict[str, tuple[str, ...]] = dict.fromkeys(names, ())
        for type_ in ("A", "AAAA"):
            lacking = [name for name in names if not found[name]]
            replies = yield from ask(
                *(self._ask(Question(name, type_), shared=True) for name in lacking)
            )
            for name, response in zip(lacking, replies, strict=True):
                if isinstance(response, Message):
                    found[name] = tuple(rr.text for rr in response.answer if rr.type == type_)
        return tuple(NameServer(name, found[name], self.config.port) for name in names)

    def _put(self, question: Question, *, shared: bool) -> Asking[Reply]:
        """A response that answers, positively or negatively, or why there is none."""
        (reply,) = yield (self._ask(question, shared=shared),)
        if isinstance(reply, Message):
            return failure_of(reply, authoritative=self.upstreams.authoritative) or reply
        return reply

    def _ask(self, question: Question, *, shared: bool) -> Ask:
        return Ask(
            self.upstreams, question, recurse=not self.upstreams.authoritative, shared=shared
        )

    def _drawn(self, names: tuple[str, ...], questions: int) -> tuple[str, ...]:
        """As many as can be asked. Who comes first, or at all, is drawn by lot where they are
        many, so that looks in a row ask all of them: those that never were might lack anything."""
        most = min(len(names), self._affordable(questions))
        if self.budget.rng is None or len(names) <= min(most, ASKED_FIRST):
            return names[:most]
        return tuple(self.budget.rng.sample(names, most))

    def _affordable(self, questions: int) -> int:
        """How many servers can be looked up and asked everything, at least one."""
        each = questions + 1
        return max(1, min(self.config.max_servers, self.budget.queries_left // each))


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
