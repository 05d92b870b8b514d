"""When a watched domain is looked at next."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.lifecycle import State
from onboarding.domain.watch import (
    IN_FIRST_WEEK,
    LATER,
    Due,
    Watch,
    after_unknown,
    came_new,
    due_from_text,
    due_to_text,
    interval_of,
    listed_status,
)
from tests.support.values import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
dice = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("state", "age", "interval"),
    [
        (State.VERIFIED, timedelta(0), 6 * HOUR),
        (State.VERIFIED, 7 * DAY - HOUR, 6 * HOUR),
        (State.VERIFIED, 7 * DAY, DAY),
        (State.AT_RISK, timedelta(0), timedelta(minutes=15)),
        (State.AT_RISK, 10 * HOUR, HOUR),
        (State.LOST, 9 * DAY, 6 * HOUR),
    ],
)
def test_a_domain_is_looked_at_the_more_often_the_newer_its_state_is(
    state: State, age: timedelta, interval: timedelta
) -> None:
    assert interval_of(state, NOW - age, NOW) == interval


def test_an_outage_is_looked_after_within_the_hour() -> None:
    assert after_unknown(State.VERIFIED, NOW - 30 * DAY, NOW) == HOUR
    assert after_unknown(State.AT_RISK, NOW, NOW) == timedelta(minutes=15)


@given(st.sampled_from([IN_FIRST_WEEK, LATER]), st.sampled_from([None, HOUR]), dice)
def test_no_look_is_late_and_none_but_the_first_early(
    interval: timedelta, before: timedelta | None, number: float
) -> None:
    watch = Watch("a.example", NOW, interval=before or interval)
    wait = watch.again(interval, NOW, number).next_check_at - NOW
    assert wait <= interval
    if before is None:
        assert wait >= 0.9 * interval


def test_domains_that_were_verified_together_are_not_checked_together() -> None:
    random, fresh = Random(1), Watch("a.example", NOW)
    waits = [fresh.again(IN_FIRST_WEEK, NOW, random.random()).next_check_at for _ in range(6000)]
    an_hour = Counter((at - NOW) // HOUR for at in waits)
    assert len(an_hour) == 6
    assert max(an_hour.values()) < 1.1 * 1000


def test_only_name_servers_that_were_not_there_before_are_new() -> None:
    assert came_new(("ns1.a.example",), ("NS1.a.example", "ns2.b.example")) == ("ns2.b.example",)
    assert came_new(("ns1.a.example", "ns2.a.example"), ("ns1.a.example",)) == ()
    assert came_new((), ("ns1.a.example",)) == ()


def test_a_list_entry_is_one_word_to_compare() -> None:
    assert listed_status("SUCCESS", True) == "SUCCESS"
    assert listed_status("SUCCESS", False) == "SUCCESS CANNOT_SEND"


def test_checks_are_read_from_the_queue_as_they_were_sent() -> None:
    due = [Due("a.example", NOW), Due("b.example", NOW + timedelta(microseconds=7))]
    assert due_from_text(due_to_text(due)) == due
