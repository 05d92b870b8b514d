"""A crowd of onboardings at a SES that takes one request a second: each waits about once for each
request, however many they are, and pollers keep to their tenth."""

from collections.abc import Generator
from functools import partial
from itertools import chain, repeat
from statistics import mean

import pytest

from bench.crowd import EACH_TRY, Course, Town, crowd
from onboarding.adapters.ses_budget import MARGIN, RealTime, SpareBudget
from onboarding.port_errors import SesBusy


@pytest.mark.parametrize("number", [1_000, 5_000])
@pytest.mark.parametrize("arriving", [1.0, 60.0])
def test_of_a_crowd_each_waits_about_once(number: int, arriving: float) -> None:
    town, tries = Town(), list[int]()
    for _ in range(number):
        town.enter(town.onboarding(tries, 1), town.dice.uniform(0, arriving))
    began = town.at
    town.run()
    transitions = [EACH_TRY * tried for tried in tries]
    assert len(tries) == number
    assert mean(transitions) <= 7
    assert max(transitions) <= 24
    assert town.at - began <= number * MARGIN * 1.1 + 60, "SES is never left idle for long"


@pytest.mark.parametrize("number", [1_000, 5_000])
def test_a_step_of_several_requests_waits_about_once_for_each(number: int) -> None:
    transitions = crowd(number, 3)
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
