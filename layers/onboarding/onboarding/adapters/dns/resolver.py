"""A resolver as a plain function, for those who ask one question after another."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from onboarding.adapters.dns.asking import Ask, Asking, Budget, Upstreams
from onboarding.adapters.dns.engine import Engine
from onboarding.adapters.dns.outcomes import outcome_of
from onboarding.adapters.dns.wire import WireError, encode_name
from onboarding.domain.observation import MAX_ALIASES, Answer, Failure, Outcome, Question

if TYPE_CHECKING:
    from onboarding.adapters.dns.config import DnsConfig


class Resolver:
    """Puts questions to the configured resolvers, each question once.

    All of them together get the configuration's time and number of queries, from the first one
    on; what is asked after that is not asked. Not to be called where an event loop runs.
    """

    def __init__(self, config: DnsConfig, rng: Random | None = None) -> None:
        self._config = config
        self._rng = rng or SystemRandom()
        self._known: dict[Question, Outcome] = {}
        self._deadline: float | None = None
        self._queries_left = config.max_queries
        self._resolvers = Upstreams(config.resolvers(), authoritative=False)

    def __call__(self, question: Question) -> Outcome:
        """What came of the question, an alias that the resolver did not follow followed."""
        if question not in self._known:
            self._known[question] = self._followed(question)
        return self._known[question]

    def _followed(self, question: Question) -> Outcome:
        outcome = self._asked(question)
        for _ in range(MAX_ALIASES):
            if not isinstance(outcome, Answer):
                break
            target = (question.name, *outcome.aliases(question.name))[-1]
            if target == question.name or outcome.at(target, question.type):
                break
            more = self._asked(Question(target, question.type))
            if not isinstance(more, Answer):
                return more
            if not more.records:
                break
            outcome = Answer(more.rcode, outcome.records + more.records)
        return outcome

    def _asked(self, question: Question) -> Outcome:
        try:
            encode_name(question.name)
        except WireError:
            return Answer()  # a name that cannot exist has no records
        return asyncio.run(self._ask(question))

    async def _ask(self, question: Question) -> Outcome:
        now = time.monotonic()
        self._deadline = self._deadline or now + self._config.timeout
        if now >= self._deadline:
            return Failure.NOT_ASKED
        left = replace(
            self._config,
            timeout=self._deadline - now,
            max_queries=self._queries_left,
            pace=None,
        )

        def asking(budget: Budget) -> Asking[Outcome]:
            (reply,) = yield [Ask(self._resolvers, question, recurse=True)]
            self._queries_left = budget.queries_left
            return outcome_of(reply, question)

        async with Engine(left, self._rng) as engine:
            return await engine.run(asking)
