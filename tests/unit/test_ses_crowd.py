"""A crowd of onboardings at a SES that takes one request a second: each waits about once for each
request, however many they are, and pollers keep to their tenth.

Time is simulated: each workflow asks for turns as its functions would, and comes back late by up to
three seconds, as Step Functions and a cold start make it.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import chain, count, repeat
from random import Random
from statistics import mean

import pytest

from onboarding.adapters.memory_turns import MemoryTurns
from onboarding.adapters.ses_budget import MARGIN, RealTime, SesBudget, SpareBudget
from onboarding.ports import SesBusy

EACH_TRY = 3
"""State transitions: the task, the choice, the wait."""

Course = Generator[float]
"""What somebody does; it gives the seconds until it goes on."""


@dataclass
class Town:
    """Everybody who asks for turns at one SES, in simulated time."""

    seed: int = 1
    at: float = 1_000_000.0
    turns: MemoryTurns = field(default_factory=MemoryTurns)

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)
        self._waiting: list[tuple[float, int, Course]] = []
        self._order = count()
        self.time = RealTime(lambda: self.at, lambda _: None)
        self.budget = SesBudget(self.turns, 1.0, self.time)

    def enter(self, course: Course, after: float = 0.0) -> None:
        heappush(self._waiting, (self.at + after, next(self._order), course))

    def run(self, until: float = float("inf")) -> None:
        while self._waiting and self._waiting[0][0] <= until:
            self.at, _, course = heappop(self._waiting)
            pause = next(course, None)
            if pause is not None:
                self.enter(course, pause)

    def onboarding(self, tries: list[int], requests: int) -> Course:
        """A step of so many requests, whose progress is kept from one try to the next."""
        done, tried = 0, 0
        while done < requests:
            tried += 1
            try:
                while done < requests:
                    yield self.budget.turn() - self.at
                    done += 1
            except SesBusy as busy:
                yield busy.wait_seconds + 3 * self.dice.random()
        tries.append(tried)


@pytest.mark.parametrize("number", [1_000, 5_000])
@pytest.mark.parametrize("arriving", [1.0, 60.0])
def test_of_a_crowd_each_waits_about_once(number: int, arriving: float) -> None:
    town, tries = Town(), list[int]()
    for _ in range(number):
        town.enter(town.onboarding(tries, 1), town.dice.uniform(0, arriving))
    began = town.at
    town.run()
    transitions = [EACH_TRY * tried for tried in tries]
    print(f"{number} at once: {mean(transitions):.1f} transitions, {max(transitions)} at most")
    assert len(tries) == number
    assert mean(transitions) <= 7
    assert max(transitions) <= 24
    assert town.at - began <= number * MARGIN * 1.1 + 60, "SES is never left idle for long"


@pytest.mark.parametrize("number", [1_000, 5_000])
def test_a_step_of_several_requests_waits_about_once_for_each(number: int) -> None:
    town, tries = Town(), list[int]()
    for _ in range(number):
        town.enter(town.onboarding(tries, 3), town.dice.random())
    town.run()
    transitions = [EACH_TRY * tried for tried in tries]
    print(f"{number} at once: {mean(transitions):.1f} transitions, {max(transitions)} at most")
    assert mean(transitions) <= 15
    assert max(transitions) <= 60


def test_those_who_come_later_keep_nobody_from_their_turn_for_long() -> None:
    town, early, late = Town(), list[int](), list[int]()
    for _ in range(1_000):
        town.enter(town.onboarding(early, 1), town.dice.random())
    for _ in range(300):
        town.enter(town.onboarding(late, 1), town.dice.uniform(60, 900))
    town.run()
    assert mean(early) <= 3
    assert max(early) <= 12
    assert len(late) == 300


def test_twenty_pollers_share_one_turn_in_ten_while_onboardings_are_hungry() -> None:
    town, tries, polled = Town(), list[int](), list[float]()
    for _ in range(2_000):
        town.enter(town.onboarding(tries, 1), town.dice.random())

    def poller() -> Course:
        # As ``SpareBudget`` does it, each sleep given to the town.
        while True:
            turn = yield from _patiently(town)
            if turn is not None:
                polled.append(turn)

    for _ in range(20):
        town.enter(poller(), town.dice.uniform(0, 10))
    began, hungry = town.at, 1_500
    town.run(began + hungry)
    assert hungry / 10 * 0.8 <= len(polled) <= hungry / 10 + 1


class _Sleeps(Exception):
    """Who would sleep now sleeps in the town's time instead."""


def _patiently(town: Town) -> Generator[float, None, float | None]:
    began = town.at

    def sleep(_: float) -> None:
        raise _Sleeps

    while True:
        # Its sleep ends the call: the next one is told when the first began.
        time = RealTime(partial(next, chain([began], repeat(town.at))), sleep)
        try:
            turn = SpareBudget(town.turns, 1.0, time, spare_after=10).turn()
        except _Sleeps:
            yield MARGIN
        except SesBusy:
            yield MARGIN
            return None
        else:
            yield turn - town.at
            return turn
