"""SES's budget, on DynamoDB and in memory: one pace for all, turns in order, pollers behind
onboardings."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from onboarding.adapters.memory_turns import MemoryTurns
from onboarding.adapters.ses_budget import (
    MARGIN,
    MOST_AHEAD,
    RESERVE,
    PromptBudget,
    RealTime,
    SesBudget,
    SpareBudget,
)
from onboarding.adapters.ses_turns import DynamoDbTurns, Line, TooCrowded, Turns
from onboarding.port_errors import SesBusy
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


@pytest.fixture(params=["dynamodb", "memory"])
def turns(request: pytest.FixtureRequest, dynamodb: Any) -> Turns:
    if request.param == "memory":
        return MemoryTurns()
    name = next(_tables)
    create_table(dynamodb, name)
    return DynamoDbTurns(dynamodb, name)


@pytest.fixture
def now() -> FakeTime:
    return FakeTime()


def test_an_idle_ses_is_asked_at_once(turns: Turns, now: FakeTime) -> None:
    SesBudget(turns, 1.0, now.real()).take()
    assert now.slept == []


def test_requests_leave_a_second_apart_whoever_makes_them(turns: Turns, now: FakeTime) -> None:
    budgets = [SesBudget(turns, 1.0, now.real()) for _ in range(2)]
    left = []
    for budget in budgets * 5:
        budget.take()
        left.append(now.at)
    gaps = [later - earlier for earlier, later in itertools.pairwise(left)]
    assert gaps == [pytest.approx(MARGIN, abs=1e-3)] * 9


def test_turns_are_kept_in_order_and_nobody_gets_the_same(turns: Turns, now: FakeTime) -> None:
    waited: list[float] = []
    waiting = RealTime(lambda: now.at, waited.append)
    for _ in range(5):
        SesBudget(turns, 2.0, waiting).take()
    assert waited == [pytest.approx(n * MARGIN / 2, abs=1e-3) for n in range(1, 5)]


def test_who_would_wait_too_long_is_told_how_long_by_the_systems_clock(
    turns: Turns, now: FakeTime
) -> None:
    standing = RealTime(lambda: now.at, lambda _: None, rate=600)
    budget = SesBudget(turns, 1.0, standing)
    for _ in range(int(MOST_AHEAD / MARGIN) + 1):
        budget.take()
    with pytest.raises(SesBusy) as busy:
        budget.take()
    assert MOST_AHEAD * 600 < busy.value.wait_seconds <= (MOST_AHEAD + 2) * 600


def test_a_poller_takes_what_nobody_wants(turns: Turns, now: FakeTime) -> None:
    SpareBudget(turns, 1.0, now.real(), spare_after=10).take()
    assert now.slept == []


def test_a_poller_waits_while_onboardings_wait_and_gets_a_turn_in_the_end(
    turns: Turns, now: FakeTime
) -> None:
    onboarding = SesBudget(turns, 1.0, RealTime(lambda: now.at, lambda _: None))
    onboarding.take()

    def sleep(seconds: float) -> None:
        onboarding.take()  # somebody always wants the next turn
        now.sleep(seconds)

    poller = SpareBudget(turns, 1.0, RealTime(lambda: now.at, sleep), spare_after=10)
    began = now.at
    poller.take()
    assert 10 <= now.at - began <= 10 + 3 * MARGIN


def full(turns: Turns, now: FakeTime) -> SesBudget:
    """A budget whose line is as long as anybody waits for."""
    budget = SesBudget(turns, 1.0, RealTime(lambda: now.at, lambda _: None))
    while turns.line().free_at <= now.at + MOST_AHEAD:
        budget.turn()
    return budget


def refusal(budget: SesBudget) -> int:
    with pytest.raises(SesBusy) as busy:
        budget.turn()
    return busy.value.wait_seconds


def test_those_who_are_sent_away_come_back_one_behind_the_other(
    turns: Turns, now: FakeTime
) -> None:
    budget = full(turns, now)
    waits = [refusal(budget) for _ in range(40)]
    assert waits == [pytest.approx(16.25 + n * MARGIN, abs=0.5) for n in range(40)]
    assert turns.line().free_at - now.at < MOST_AHEAD + 2 * MARGIN


def test_who_comes_back_at_his_time_finds_a_turn(turns: Turns, now: FakeTime) -> None:
    budget = full(turns, now)
    began = now.at
    for wait in [refusal(budget) for _ in range(40)]:
        now.at = max(now.at, began + wait)
        assert budget.turn() - now.at <= 2 * MARGIN


def test_promises_of_the_past_keep_nobody_waiting(turns: Turns, now: FakeTime) -> None:
    for _ in range(40):
        refusal(full(turns, now))
    now.at += 3600
    assert refusal(full(turns, now)) == 16


def test_a_person_who_is_sent_away_takes_no_time_of_others(turns: Turns, now: FakeTime) -> None:
    full(turns, now)
    before = turns.line()
    prompt = PromptBudget(turns, 1.0, now.real(), most_ahead=5)
    assert refusal(prompt) == 16
    assert turns.line() == before


def test_no_wait_goes_on_past_the_end_of_the_function(turns: Turns, now: FakeTime) -> None:
    ends = now.at + 60
    budget = SesBudget(turns, 0.1, RealTime(lambda: now.at, now.sleep, 1.0, lambda: ends - now.at))
    for _ in range(4):
        budget.take()
    assert now.at <= ends - RESERVE
    assert refusal(budget) >= 10
    now.at += 60  # an idle SES is asked however late it is
    assert budget.turn() == now.at


class Crowded(MemoryTurns):
    def line(self) -> Line:
        raise TooCrowded


def test_a_crowd_at_the_item_is_a_busy_ses_and_comes_back_scattered(now: FakeTime) -> None:
    budget = SesBudget(Crowded(), 1.0, now.real())
    waits = {refusal(budget) for _ in range(50)}
    assert min(waits) >= MOST_AHEAD
    assert max(waits) <= 4 * MOST_AHEAD
    assert len(waits) > 10


@pytest.mark.parametrize("operation", ["get_item", "update_item"])
@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_a_throttled_table_is_a_crowd_and_no_fault(
    dynamodb: Any, operation: str, code: str, monkeypatch: pytest.MonkeyPatch, now: FakeTime
) -> None:
    name = next(_tables)
    create_table(dynamodb, name)

    def throttled(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": ""}}, operation)

    monkeypatch.setattr(dynamodb, operation, throttled)
    assert refusal(SesBudget(DynamoDbTurns(dynamodb, name), 1.0, now.real())) >= MOST_AHEAD


def test_pollers_leave_a_turn_to_those_who_were_sent_away(turns: Turns, now: FakeTime) -> None:
    promised = now.at + 100
    turns.promise(promised, MARGIN)
    SpareBudget(turns, 1.0, now.real(), spare_after=10).take()
    assert now.at >= promised - 100 + 10


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
