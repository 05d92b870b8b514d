"""Many onboardings at once in front of a SES that takes one request a second.

Time is simulated: each workflow asks for turns by the system's own budget, as its functions would,
and comes back late by up to three seconds, as Step Functions and a cold start make it.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random

from onboarding.adapters.memory_turns import MemoryTurns
from onboarding.adapters.ses_budget import RealTime, SesBudget
from onboarding.port_errors import SesBusy

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


def crowd(number: int, requests: int, arriving: float = 1.0) -> list[int]:
    """The state transitions that a step of so many requests takes each of ``number`` onboardings
    which all arrive within so many seconds."""
    town, tries = Town(), list[int]()
    for _ in range(number):
        town.enter(town.onboarding(tries, requests), town.dice.uniform(0, arriving))
    town.run()
    return [EACH_TRY * tried for tried in tries]
