"""One look at a domain: its zone, then every record at every server of it, then what the
absence of a record makes worth asking.

When all is right a look takes four rounds: SOA, NS, addresses, records; a fifth follows where a
record is absent, lies in a zone delegated further down, or where there are many servers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onboarding.adapters.dns.asking import Ask, Asking, Budget, Upstreams, ask, together
from onboarding.adapters.dns.discovery import ASKED_FIRST, Discovery, IsRegistry
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
from onboarding.domain.resolver_questions import resolver_questions

if TYPE_CHECKING:
    from onboarding.adapters.dns.config import DnsConfig
    from onboarding.domain.records import Record

_LOG = logging.getLogger(__name__)

RESOLVER = "resolver"
"""The name under which a resolver's answers are kept."""
_ADDRESSES_TRIED = 2
_NOBODY_THERE = (Failure.TIMEOUT, Failure.UNREACHABLE)

Asked = tuple[NameServer, Zone, Question]
"""A server, the zone that it is asked as a server of, and the question."""


def look(
    domain: str,
    expected: Sequence[Record],
    *,
    config: DnsConfig,
    budget: Budget,
    upstreams: Upstreams,
    resolvers: Upstreams | None,
    is_registry: IsRegistry,
) -> Asking[Observation]:
    """Observe `domain`. `upstreams` are asked for the zone; `resolvers` for what lies outside
    of it, if there are any.

    Anybody may publish anything: a fault of ours over one domain is logged, and leaves that one
    unknown, so that it ends no look at another.
    """
    try:
        return (
            yield from _look(domain, expected, config, budget, upstreams, resolvers, is_registry)
        )
    except Exception:
        _LOG.exception("the look at %s failed", domain)
        return Observation(Failure.NOT_ASKED)


def _look(
    domain: str,
    expected: Sequence[Record],
    config: DnsConfig,
    budget: Budget,
    upstreams: Upstreams,
    resolvers: Upstreams | None,
    is_registry: IsRegistry,
) -> Asking[Observation]:
    discovery = Discovery(config, upstreams, budget, is_registry)
    questions = first_questions(expected)
    zone = yield from discovery.zone_of(canonical(domain), len(questions))
    if not isinstance(zone, Zone):
        return Observation(zone)
    records = _Records(discovery, zone, expected, resolvers, budget)
    return (yield from records.at(canonical(domain), questions))


@dataclass(frozen=True, slots=True)
class _Records:
    """The questions to the servers of one domain's zone."""

    discovery: Discovery
    zone: Zone
    expected: Sequence[Record]
    resolvers: Upstreams | None
    budget: Budget

    def at(self, domain: str, questions: Sequence[Question]) -> Asking[Observation]:
        zone = self.zone
        first, others = zone.servers[:ASKED_FIRST], zone.servers[ASKED_FIRST:]
        lookups = yield from _asked([(s, zone, q) for q in questions for s in first])
        wanted = follow_ups(domain, self.expected, zone, lookups)
        more, resolved, (delegated, below), rest = yield from together(
            self._follow_up(wanted),
            self._at_resolver(lookups, ()),
            self._in_delegated_zones(lookups),
            self._at_others(others, questions, lookups, len(wanted)),
        )
        if more or below or rest:
            lookups += below + more + rest
            resolved = yield from self._at_resolver(lookups, resolved)
        return Observation(zone, lookups, resolved, delegated, self._unasked(lookups))

    def _unasked(self, lookups: Iterable[Lookup]) -> int:
        """How many of the zone's servers nothing was put to."""
        if self.discovery.config.nameservers:
            return 0
        asked = {seen.server for seen in lookups if seen.outcome is not Failure.NOT_ASKED}
        return len({*self.zone.nameservers} - asked)

    def _follow_up(self, wanted: Iterable[tuple[str, Question]]) -> Asking[tuple[Lookup, ...]]:
        servers = {server.name: server for server in self.zone.servers}
        return _asked([(servers[name], self.zone, question) for name, question in wanted])

    def _at_others(
        self,
        servers: Sequence[NameServer],
        questions: Sequence[Question],
        lookups: Sequence[Lookup],
        before: int,
    ) -> Asking[tuple[Lookup, ...]]:
        """As many of the other servers as can be asked everything within the budget, after
        `before` questions and those to the resolver."""
        if not servers:
            return ()
        if self.resolvers is not None:
            before += len(resolver_questions(self.expected, self.zone, lookups, ()))
        left = max(0, self.budget.queries_left - before)
        affordable = servers[: left // max(1, len(questions))]
        return (yield from _asked([(s, self.zone, q) for q in questions for s in affordable]))

    def _at_resolver(
        self, lookups: Sequence[Lookup], resolved: tuple[Lookup, ...]
    ) -> Asking[tuple[Lookup, ...]]:
        """All that the resolver has to tell, round after round until nothing more follows or
        nothing more may be asked; what is wanted then is kept as not asked."""
        if self.resolvers is None:
            return ()
        while wanted := resolver_questions(self.expected, self.zone, lookups, resolved):
            if self.budget.queries_left <= 0:
                return resolved + tuple(
                    Lookup(RESOLVER, question, Failure.NOT_ASKED) for question in wanted
                )
            asks = [Ask(self.resolvers, question, recurse=True) for question in wanted]
            replies = yield asks
            resolved += tuple(
                Lookup(RESOLVER, question, outcome_of(reply, question))
                for question, reply in zip(wanted, replies, strict=True)
            )
        return resolved

    def _in_delegated_zones(
        self, lookups: Iterable[Lookup]
    ) -> Asking[tuple[tuple[Zone, ...], tuple[Lookup, ...]]]:
        """Ask the child zones' own servers what the zone's servers have delegated to them."""
        referred = [lo.question for lo in lookups if lo.outcome is Failure.REFERRAL]
        questions = tuple(dict.fromkeys(referred))
        if not questions or self.discovery.config.nameservers:
            return (), ()
        found = yield from together(
            *(self.discovery.zone_of(question.name, len(questions)) for question in questions)
        )
        below = [
            (child, question)
            for child, question in zip(found, questions, strict=True)
            if isinstance(child, Zone) and child.cut != self.zone.cut
        ]
        lookups = yield from _asked([(s, child, q) for child, q in below for s in child.servers])
        return tuple(dict.fromkeys(child for child, _ in below)), lookups


def _asked(wanted: Sequence[Asked]) -> Asking[tuple[Lookup, ...]]:
    """One address a server, and another one only if nobody is there."""
    lookups = [Lookup(s.name, question, Failure.UNREACHABLE) for s, _, question in wanted]
    todo = list(range(len(wanted)))
    for turn in range(_ADDRESSES_TRIED):
        todo = [at for at in todo if len(wanted[at][0].addresses) > turn]
        replies = yield from ask(
            *(
                Ask((server.addresses[turn], server.port), question)
                for server, _, question in map(wanted.__getitem__, todo)
            )
        )
        for at, reply in zip(todo, replies, strict=True):
            server, zone, question = wanted[at]
            if turn and reply is Failure.NOT_ASKED:
                continue  # what came of the first address stands
            lookups[at] = Lookup(server.name, question, outcome_of(reply, question, zone.cut))
        todo = [at for at in todo if lookups[at].outcome in _NOBODY_THERE]
    return tuple(lookups)
