"""A check under way, without a socket."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from onboarding.adapters.dns.asking import Ask, Asking, Budget, Reply
from onboarding.adapters.dns.job import Job
from onboarding.adapters.dns.query import Sink
from onboarding.domain.observation import Failure, Question

SERVER = ("192.0.2.1", 53)
TIMEOUT, REFUSED, NOT_ASKED = Failure.TIMEOUT, Failure.REFUSED, Failure.NOT_ASKED


class Wire:
    """Keeps what is put; replies at once with `at_once`, if that is set."""

    def __init__(self, at_once: Reply | None = None) -> None:
        self.put_: list[tuple[Sink, int, int]] = []
        self.results: list[Any] = []
        self.errors: list[BaseException] = []
        self._at_once = at_once

    def put(self, ask: Ask, budget: Budget, sink: Sink, round_: int, index: int) -> None:
        self.put_.append((sink, round_, index))
        if self._at_once is not None:
            sink.take(round_, index, self._at_once)

    def done(self, result: Any, error: BaseException | None) -> None:
        if error is None:
            self.results.append(result)
        else:
            self.errors.append(error)


def rounds_of(*counts: int) -> Asking[list[Sequence[Reply]]]:
    heard: list[Sequence[Reply]] = []
    for count in counts:
        heard += [(yield [Ask(SERVER, Question(f"{n}", "TXT")) for n in range(count)])]
    return heard


def job(wire: Wire, asking: Asking[Any]) -> Job:
    return Job(asking, Budget(60), 10.0, wire.put, wire.done)


def test_the_next_round_waits_for_every_reply_of_this_one() -> None:
    wire = Wire()
    started = job(wire, rounds_of(2, 1))
    started.advance()
    assert [put[1:] for put in wire.put_] == [(1, 0), (1, 1)]
    started.take(1, 1, REFUSED)
    assert len(wire.put_) == 2
    started.take(1, 0, TIMEOUT)
    assert wire.put_[2][1:] == (2, 0)
    started.take(2, 0, TIMEOUT)
    assert wire.results == [[[TIMEOUT, REFUSED], [TIMEOUT]]]
    assert started.is_over


def test_a_reply_that_comes_twice_or_too_late_is_passed_over() -> None:
    wire = Wire()
    started = job(wire, rounds_of(2, 1))
    started.advance()
    started.take(1, 0, TIMEOUT)
    started.take(1, 0, REFUSED)
    started.take(1, 1, TIMEOUT)
    started.take(1, 1, REFUSED)
    started.take(2, 0, TIMEOUT)
    started.take(2, 0, REFUSED)
    assert wire.results == [[[TIMEOUT, TIMEOUT], [TIMEOUT]]]


def test_replies_at_once_lead_through_any_number_of_rounds() -> None:
    wire = Wire(at_once=REFUSED)
    job(wire, rounds_of(*[1] * 5000)).advance()
    assert len(wire.results[0]) == 5000


def test_time_that_is_up_is_a_time_out_only_where_a_try_has_passed_and_spends_the_budget() -> None:
    wire = Wire()
    started = job(wire, rounds_of(1, 3))
    started.advance()
    started.unanswered(1, 0)
    started.take(1, 0, REFUSED)
    started.take(2, 0, REFUSED)
    started.unanswered(1, 1)
    started.unanswered(2, 2)
    started.expire()
    assert wire.results == [[[REFUSED], [REFUSED, NOT_ASKED, TIMEOUT]]]
    assert started.budget.queries_left == 0


def test_its_time_counts_from_the_first_query_that_is_sent() -> None:
    started = job(Wire(), rounds_of(1))
    started.advance()
    assert started.deadline == inf
    started.budget.begun_at = 7.0
    assert started.deadline == 17.0


def test_what_the_check_itself_raises_is_handed_to_its_caller() -> None:
    def faulty() -> Asking[None]:
        yield [Ask(SERVER, Question("a", "TXT"))]
        raise ZeroDivisionError

    wire = Wire()
    started = job(wire, faulty())
    started.advance()
    started.take(1, 0, TIMEOUT)
    assert [type(error) for error in wire.errors] == [ZeroDivisionError]
    assert started.is_over
