"""SES's budget on DynamoDB: one pace for all, turns in order, pollers behind onboardings."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from onboarding.adapters.ses_budget import MARGIN, MOST_AHEAD, RealTime, SesBudget
from onboarding.ports import SesBusy
from tests.support.aws_doubles import create_table, emulated

_tables = (f"budget-{number}" for number in itertools.count())


@dataclass
class FakeTime:
    """A clock that moves when somebody sleeps."""

    at: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def real(self, rate: float = 1.0) -> RealTime:
        return RealTime(lambda: self.at, self.sleep, rate)


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulated("dynamodb") as client:
        yield client


@pytest.fixture
def table(dynamodb: Any) -> str:
    name = next(_tables)
    create_table(dynamodb, name)
    return name


@pytest.fixture
def now() -> FakeTime:
    return FakeTime()


def test_an_idle_ses_is_asked_at_once(dynamodb: Any, table: str, now: FakeTime) -> None:
    SesBudget(dynamodb, table, 1.0, now.real()).take()
    assert now.slept == []


def test_requests_leave_a_second_apart_whoever_makes_them(
    dynamodb: Any, table: str, now: FakeTime
) -> None:
    budgets = [SesBudget(dynamodb, table, 1.0, now.real()) for _ in range(2)]
    left = []
    for budget in budgets * 5:
        budget.take()
        left.append(now.at)
    gaps = [later - earlier for earlier, later in itertools.pairwise(left)]
    assert gaps == [pytest.approx(MARGIN, abs=1e-3)] * 9


def test_turns_are_kept_in_order_and_nobody_gets_the_same(
    dynamodb: Any, table: str, now: FakeTime
) -> None:
    turns: list[float] = []
    waiting = RealTime(lambda: now.at, turns.append)
    for _ in range(5):
        SesBudget(dynamodb, table, 2.0, waiting).take()
    assert turns == [pytest.approx(n * MARGIN / 2, abs=1e-3) for n in range(1, 5)]


def test_who_would_wait_too_long_is_told_how_long_by_the_systems_clock(
    dynamodb: Any, table: str, now: FakeTime
) -> None:
    standing = RealTime(lambda: now.at, lambda _: None, rate=600)
    budget = SesBudget(dynamodb, table, 1.0, standing)
    for _ in range(int(MOST_AHEAD / MARGIN) + 1):
        budget.take()
    with pytest.raises(SesBusy) as busy:
        budget.take()
    assert MOST_AHEAD * 600 < busy.value.wait_seconds <= (MOST_AHEAD + 2) * 600


def test_a_poller_takes_what_nobody_wants(dynamodb: Any, table: str, now: FakeTime) -> None:
    SesBudget(dynamodb, table, 1.0, now.real(), spare_after=10).take()
    assert now.slept == []


def test_a_poller_waits_while_onboardings_wait_and_gets_a_turn_in_the_end(
    dynamodb: Any, table: str, now: FakeTime
) -> None:
    onboarding = SesBudget(dynamodb, table, 1.0, RealTime(lambda: now.at, lambda _: None))
    onboarding.take()

    def sleep(seconds: float) -> None:
        onboarding.take()  # somebody always wants the next turn
        now.sleep(seconds)

    poller = SesBudget(dynamodb, table, 1.0, RealTime(lambda: now.at, sleep), spare_after=10)
    began = now.at
    poller.take()
    assert 10 <= now.at - began <= 10 + 3 * MARGIN


def test_every_request_of_a_client_takes_a_turn() -> None:
    class Taking(SesBudget):
        def __init__(self) -> None:
            self.taken = 0

        def take(self) -> None:
            self.taken += 1

    budget = Taking()
    with emulated("sesv2") as ses:
        budget.watch(ses).list_email_identities()
        ses.list_email_identities()
    assert budget.taken == 2
