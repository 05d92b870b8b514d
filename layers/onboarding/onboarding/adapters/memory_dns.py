"""The DNS as a few dictionaries, for tests that should open no socket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onboarding.domain.dnsnames import canonical, from_here_upwards, is_at_or_below
from onboarding.domain.observation import (
    MAX_ALIASES,
    Answer,
    Failure,
    Lookup,
    NameServer,
    NoSuchZone,
    Observation,
    Outcome,
    Question,
    Rcode,
    ResourceRecord,
    Zone,
)
from onboarding.domain.questions import first_questions, follow_ups
from onboarding.domain.resolver_questions import resolver_questions

if TYPE_CHECKING:
    from onboarding.domain.records import Record

Content = Iterable[tuple[str, str, str]]
"""Name, type and text of each record that a server has."""


@dataclass(frozen=True, slots=True)
class MemoryZone:
    """A zone: what each of its servers has, and what goes wrong at some of them."""

    servers: Mapping[str, Content]
    outages: Mapping[str, Failure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MemoryDns:
    """A DnsObserver over zones by their cut; `outage` stands for a resolver that fails."""

    zones: Mapping[str, MemoryZone]
    outage: Failure | None = None

    def observe(self, domain: str, expected: Sequence[Record]) -> Observation:
        """See DnsObserver."""
        if self.outage is not None:
            return Observation(self.outage)
        cuts = [cut for cut in self.zones if is_at_or_below(canonical(domain), cut)]
        if not cuts:
            return Observation(NoSuchZone(canonical(domain).rpartition(".")[2]))
        cut = max(cuts, key=len)
        names = tuple(self.zones[cut].servers)
        zone = Zone(cut, names[0], names, tuple(NameServer(name) for name in names))
        questions = first_questions(expected)
        lookups = tuple(self._ask(cut, name, q) for q in questions for name in names)
        asked = follow_ups(canonical(domain), expected, zone, lookups)
        lookups += tuple(self._ask(cut, name, q) for name, q in asked)
        return Observation(zone, lookups, self._at_resolver(expected, zone, lookups))

    def _at_resolver(
        self, expected: Sequence[Record], zone: Zone, lookups: Sequence[Lookup]
    ) -> tuple[Lookup, ...]:
        resolved: tuple[Lookup, ...] = ()
        while wanted := resolver_questions(expected, zone, lookups, resolved):
            resolved += tuple(Lookup("resolver", q, self._resolve(q)) for q in wanted)
        return resolved

    def _resolve(self, question: Question) -> Answer:
        """As a resolver sees it that finds a working server of every zone."""
        content = [e for zone in self.zones.values() for e in next(iter(zone.servers.values()))]
        return _answer(question, content)

    def _ask(self, cut: str, server: str, question: Question) -> Lookup:
        zone = self.zones[cut]
        outcome: Outcome | None = zone.outages.get(server)
        if outcome is None:
            outcome = _answer(question, tuple(zone.servers[server]))
        return Lookup(server, question, outcome)


def _answer(question: Question, content: Sequence[tuple[str, str, str]]) -> Answer:
    """What an authoritative server makes of its content, aliases within it followed."""
    found: list[ResourceRecord] = []
    name = question.name
    for _ in range(MAX_ALIASES):
        here = _at(name, content)
        matching = [_resource(name, *e) for e in here if e[0] in (question.type, "CNAME")]
        found += matching
        if question.type == "CNAME" or not matching or matching[-1].type != "CNAME":
            break
        name = canonical(matching[-1].text)
    exists = bool(_at(name, content)) or _exists(name, content)
    return Answer(Rcode.NOERROR if exists else Rcode.NXDOMAIN, tuple(found))


def _at(name: str, content: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Type and text of what is at a name; if nobody made it, of the wildcard at its closest
    encloser (RFC 4592 §3.3.1)."""
    owner = name
    if not _exists(name, content):
        above = (n for n in from_here_upwards(name) if _exists(n, content))
        owner = f"*.{next(above, '')}"
    return [(type_, text) for at, type_, text in content if at == owner]


def _exists(name: str, content: Sequence[tuple[str, str, str]]) -> bool:
    return any(is_at_or_below(at, name) for at, _, _ in content)


def _resource(name: str, type_: str, text: str) -> ResourceRecord:
    strings = (text.encode(),) if type_ == "TXT" else ()
    return ResourceRecord(name, type_, text, strings=strings)
