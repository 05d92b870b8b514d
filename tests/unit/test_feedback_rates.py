"""Counts, rates, thresholds and the sentences of a warning."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.feedback_event import FeedbackKind
from onboarding.domain.feedback_rates import (
    FeedbackWatch,
    Level,
    Measure,
    Scope,
    Tally,
    Thresholds,
    by_day,
    level_of,
    parse_thresholds,
    tally,
    weighed,
)
from onboarding.domain.responsibility import Responsible
from tests.contract.test_feedback import a_flag
from tests.support.values import NOW

DAY = timedelta(days=1)
SCOPE = Scope("domain", "news.example.com", Responsible.PROVIDER, "acme")


@pytest.mark.parametrize(
    ("found", "measure", "level"),
    [
        (Tally(bounces=49, sent=1000), Measure.BOUNCES, Level.FINE),
        (Tally(bounces=50, sent=1000), Measure.BOUNCES, Level.REVIEW),
        (Tally(bounces=99, sent=1000), Measure.BOUNCES, Level.REVIEW),
        (Tally(bounces=100, sent=1000), Measure.BOUNCES, Level.PAUSE),
        (Tally(complaints=9, sent=10_000), Measure.COMPLAINTS, Level.FINE),
        (Tally(complaints=10, sent=10_000), Measure.COMPLAINTS, Level.REVIEW),
        (Tally(complaints=49, sent=10_000), Measure.COMPLAINTS, Level.REVIEW),
        (Tally(complaints=50, sent=10_000), Measure.COMPLAINTS, Level.PAUSE),
        (Tally(bounces=199, sent=199), Measure.BOUNCES, Level.FINE),
        (Tally(bounces=0, sent=0), Measure.BOUNCES, Level.FINE),
        (Tally(bounces=49), Measure.BOUNCES, Level.FINE),
        (Tally(bounces=50), Measure.BOUNCES, Level.REVIEW),
        (Tally(complaints=50), Measure.COMPLAINTS, Level.PAUSE),
    ],
)
def test_the_thresholds_are_those_of_ses(found: Tally, measure: Measure, level: Level) -> None:
    assert level_of(found, measure, Thresholds()) is level


def test_thresholds_are_configurable() -> None:
    assert parse_thresholds("") == Thresholds()
    given_ = '{"bounces": [2, 4], "least_sent": 50, "pause": true}'
    assert parse_thresholds(given_) == Thresholds(bounces=(2, 4), least_sent=50, pause=True)


@pytest.mark.parametrize(
    "text",
    ["5", '{"bounce": [1, 2]}', '{"bounces": [2, 1]}', '{"bounces": [0, 1]}', '{"bounces": 3}',
     '{"pause": 1}', '{"least_sent": true}', '{"complaints": ["a", "b"]}', "{"],
)  # fmt: skip
def test_a_mistake_in_the_thresholds_is_found_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_thresholds(text)


def test_a_tally_counts_recipients_of_bounces_and_complaints_by_themselves() -> None:
    flags = [
        a_flag(1), a_flag(1, recipient_hash="b"), a_flag(2),
        a_flag(3, kind=FeedbackKind.COMPLAINT, type=None),
        a_flag(3, kind=FeedbackKind.COMPLAINT, type=None, recipient_hash="b"),
        a_flag(4, type="Transient", subtype="MailboxFull"),
    ]  # fmt: skip
    found = tally(flags, 100)
    assert found == Tally(bounces=3, complaints=1, apart=1, sent=100)
    assert found.as_json() == {
        "bounces": 3, "complaints": 1, "apart": 1, "sent": 100,
        "bounce_rate": 3.0, "complaint_rate": 1.0,
    }  # fmt: skip
    assert tally(flags).rate(Measure.BOUNCES) is None


def test_each_day_has_a_tally_whether_or_not_anything_came() -> None:
    today = NOW.date()
    flags = [a_flag(1), a_flag(2, at=NOW - 2 * DAY), a_flag(3, at=NOW - 9 * DAY)]
    days = by_day(flags, today - 2 * DAY, today, {today: 10})
    assert [(day, t.bounces, t.sent) for day, t in days.items()] == [
        (today - 2 * DAY, 1, 0), (today - DAY, 0, 0), (today, 1, 10),
    ]  # fmt: skip


@given(st.lists(st.integers(0, 200), max_size=12))
def test_a_crossing_is_each_rise_and_nothing_else(bounces: list[int]) -> None:
    watch, before = FeedbackWatch(SCOPE.key), Level.FINE
    rises = 0
    for number, count in enumerate(bounces):
        found = Tally(bounces=count, sent=1000)
        watch = weighed(watch, SCOPE, found, Thresholds(), NOW + number * timedelta(minutes=5))
        level = level_of(found, Measure.BOUNCES, Thresholds())
        rises += level > before
        before = level
    assert watch.crossings == rises == len(watch.pending)
    assert [crossing.number for crossing in watch.pending] == list(range(1, rises + 1))
