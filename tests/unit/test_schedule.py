"""The patience of an onboarding: what it costs at most, and when each mail comes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.domain.schedule import (
    CORRECTION_INTERVAL,
    PATIENCE,
    Action,
    Look,
    Progress,
    Reminder,
    Step,
    next_step,
    until_next_look,
    wait_seconds,
)
from tests.support.values import NOW

DAY = timedelta(days=1)
SEARCH = timedelta(hours=72)
"""How long SES looks before its search ends."""

jitters = st.floats(min_value=0, max_value=1, exclude_max=True, allow_nan=False)
NOTHING_FOUND = Look()


@dataclass
class Simulation:
    """The loop of ``statemachine/onboard_domain.asl.json`` over the schedule alone.

    A look costs three transitions (WaitForRecords, CheckRecords, WhatFollows), a correction and a
    reminder one, a restart two (RestartVerification, SendRecords). The way in is six at most
    (AdmitRequest to SendRecords, with SetMailFrom), the way out two.
    """

    jitter: Iterator[float]
    find: "Finder"
    now: datetime = NOW
    progress: Progress = field(default_factory=lambda: Progress(NOW))
    waits: list[int] = field(default_factory=list)
    steps: list[tuple[timedelta, Step]] = field(default_factory=list)
    transitions: int = 6
    searching_since: datetime = NOW

    def run(self) -> "Simulation":
        wait = until_next_look(timedelta(0), next(self.jitter))
        while True:
            self.waits.append(wait)
            self.now += timedelta(seconds=wait)
            step = self._look()
            self.transitions += 3
            self.steps.append((self.now - NOW, step))
            if step.action in (Action.MARK_VERIFIED, Action.EXPIRE):
                self.transitions += 2
                return self
            wait = step.wait_seconds
            if step.action is Action.RESTART_VERIFICATION:
                wait = until_next_look(self.now - NOW, next(self.jitter))
            self._follow(step)

    def _look(self) -> Step:
        ended = self.find.search_may_end and self.now - self.searching_since >= SEARCH
        mistakes = () if ended else self.find.mistakes(self.now - NOW)
        zone = (
            ()
            if ended or not self.find.zone_is_wrong
            else tuple(f"zone-{m}" for m in (*mistakes, "dnssec_bogus"))
        )
        look = Look(search_ended=ended, mistakes=mistakes, zone_mistakes=zone)
        return next_step(self.progress, look, self.now, next(self.jitter))

    def _follow(self, step: Step) -> None:
        if step.action is Action.SEND_CORRECTION:
            self.transitions += 1
            self.progress = self.progress.with_correction(step.mistakes, self.now)
        elif step.action is Action.SEND_REMINDER:
            self.transitions += 1
            assert step.reminder is not None
            self.progress = self.progress.with_reminder(step.reminder)
        elif step.action is Action.RESTART_VERIFICATION:
            self.transitions += 2
            self.searching_since = self.now

    def times_of(self, action: Action) -> list[timedelta]:
        return [at for at, step in self.steps if step.action is action]


@dataclass(frozen=True)
class Finder:
    """What the looks find: a fresh mistake every ``mistake_every`` (none for 0), a search that
    ends after 72 hours or never."""

    mistake_every: timedelta = timedelta(0)
    search_may_end: bool = False
    zone_is_wrong: bool = False

    def mistakes(self, elapsed: timedelta) -> tuple[str, ...]:
        if not self.mistake_every:
            return ()
        return (f"mistake-{elapsed // self.mistake_every}",)


@st.composite
def jitter_streams(draw: st.DrawFn) -> Iterator[float]:
    cycle = draw(st.lists(jitters, min_size=1, max_size=20))
    return (cycle[i % len(cycle)] for i in range(10_000))


finders = st.builds(
    Finder,
    st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(hours=7), DAY]),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(jitter_streams(), finders)
def test_fourteen_days_cost_what_was_promised_whatever_the_dice_say(
    jitter: Iterator[float], find: Finder
) -> None:
    done = Simulation(jitter, find).run()
    assert all(60 <= wait <= 6 * 3600 for wait in done.waits)
    assert len(done.steps) <= 125
    assert done.transitions <= 400
    ended_after, last = done.steps[-1]
    assert last.action is Action.EXPIRE
    assert PATIENCE <= ended_after <= PATIENCE + timedelta(minutes=1)


@settings(max_examples=60, deadline=None)
@given(jitter_streams(), finders)
def test_mails_and_restarts_keep_their_distance_whatever_the_dice_say(
    jitter: Iterator[float], find: Finder
) -> None:
    done = Simulation(jitter, find).run()
    for action, distance in (
        (Action.SEND_CORRECTION, CORRECTION_INTERVAL),
        (Action.RESTART_VERIFICATION, SEARCH),
    ):
        times = done.times_of(action)
        assert all(b - a >= distance for a, b in pairwise(times))
    corrected = [m for _, step in done.steps for m in step.mistakes]
    assert len(corrected) == len(set(corrected))
    reminded = [step.reminder for _, step in done.steps if step.reminder is not None]
    assert len(reminded) == len(set(reminded))


@settings(max_examples=200)
@given(st.timedeltas(min_value=timedelta(0), max_value=20 * DAY), jitters)
def test_a_wait_is_a_tenth_of_the_time_gone_by_and_at_most_a_tenth_longer(
    elapsed: timedelta, jitter: float
) -> None:
    wait = wait_seconds(elapsed, jitter)
    share = min(max(elapsed.total_seconds() / 10, 60), 21_600)
    assert 60 <= wait <= 21_600
    assert share <= wait <= share * 1.1 + 1


@pytest.mark.parametrize(
    ("elapsed", "least", "most"),
    [
        (timedelta(0), 60, 66),
        (timedelta(minutes=5), 60, 66),
        (timedelta(hours=1), 360, 396),
        (DAY, 8640, 9504),
        (10 * DAY, 21_600, 21_600),
    ],
)
def test_the_wait_at_some_times(elapsed: timedelta, least: int, most: int) -> None:
    assert wait_seconds(elapsed, 0.0) == least
    assert wait_seconds(elapsed, 1 - 1e-12) == most


@pytest.mark.parametrize(
    ("left", "wait"),
    [
        (timedelta(hours=7), 21_600),
        (timedelta(hours=6), 21_600),
        (timedelta(hours=2), 7200),
        (timedelta(seconds=90.5), 91),
        (timedelta(seconds=10), 60),
    ],
)
def test_the_last_look_falls_on_the_end_of_the_patience(left: timedelta, wait: int) -> None:
    assert until_next_look(PATIENCE - left, 0.5) == wait


def step_after(elapsed: timedelta, look: Look = NOTHING_FOUND, **progress: object) -> Step:
    return next_step(Progress(NOW, **progress), look, NOW + elapsed, 0.0)  # type: ignore[arg-type]


def test_a_verified_domain_is_marked_even_after_the_last_day() -> None:
    assert step_after(timedelta(minutes=1), Look(verified=True)).action is Action.MARK_VERIFIED
    assert step_after(15 * DAY, Look(verified=True)).action is Action.MARK_VERIFIED


def test_a_request_expires_at_day_14_and_not_a_second_before() -> None:
    everything_said = frozenset(Reminder)
    before = step_after(14 * DAY - timedelta(seconds=1), reminded=everything_said)
    assert (before.action, before.wait_seconds) == (Action.WAIT, 60)
    after = step_after(14 * DAY, Look(mistakes=("m",)), reminded=everything_said)
    assert (after.action, after.reason, after.wait_seconds) == (
        Action.EXPIRE,
        "The records were not complete within 14 days.",
        0,
    )


@pytest.mark.parametrize(
    ("elapsed", "reminder"),
    [
        (DAY - timedelta(seconds=1), None),
        (DAY, Reminder.DAY_1),
        (3 * DAY - timedelta(seconds=1), Reminder.DAY_1),
        (3 * DAY, Reminder.DAY_3),
        (7 * DAY, Reminder.DAY_7),
        (13 * DAY - timedelta(seconds=1), Reminder.DAY_7),
        (13 * DAY, Reminder.LAST_NOTICE),
    ],
)
def test_reminders_come_on_days_1_3_7_and_13(elapsed: timedelta, reminder: Reminder | None) -> None:
    step = step_after(elapsed)
    assert step.reminder is reminder
    assert step.action is (Action.WAIT if reminder is None else Action.SEND_REMINDER)


def test_a_reminder_that_was_sent_is_not_sent_again() -> None:
    assert step_after(2 * DAY, reminded=frozenset({Reminder.DAY_1})).action is Action.WAIT


def test_after_a_gap_only_the_newest_reminder_is_sent() -> None:
    assert step_after(8 * DAY).reminder is Reminder.DAY_7
    assert step_after(8 * DAY, reminded=frozenset({Reminder.DAY_7})).action is Action.WAIT


def test_the_first_mistake_is_told_at_once() -> None:
    step = step_after(timedelta(minutes=2), Look(mistakes=("a", "b")))
    assert (step.action, step.mistakes) == (Action.SEND_CORRECTION, ("a", "b"))
    assert step.wait_seconds == 60


def test_a_mistake_of_the_zone_is_told_after_an_hour() -> None:
    look = Look(zone_mistakes=("zone-domain_not_delegated",))
    assert step_after(timedelta(minutes=59), look).action is Action.WAIT
    step = step_after(timedelta(hours=1), look)
    assert (step.action, step.mistakes) == (Action.SEND_CORRECTION, ("zone-domain_not_delegated",))


def test_a_mistake_that_was_told_is_not_told_again() -> None:
    step = step_after(
        2 * DAY,
        Look(mistakes=("a",)),
        corrected=frozenset({"a"}),
        last_correction_at=NOW,
        reminded=frozenset({Reminder.DAY_1}),
    )
    assert step.action is Action.WAIT


def test_a_new_mistake_waits_until_a_day_after_the_last_correction() -> None:
    told = {"corrected": frozenset({"a"}), "last_correction_at": NOW + timedelta(hours=1)}
    look = Look(mistakes=("a", "b"))
    too_early = step_after(timedelta(hours=25) - timedelta(seconds=1), look, **told)
    assert too_early.action is not Action.SEND_CORRECTION
    step = step_after(timedelta(hours=25), look, **told)
    assert (step.action, step.mistakes) == (Action.SEND_CORRECTION, ("b",))


def test_a_correction_goes_before_a_reminder_which_then_comes_at_the_next_look() -> None:
    look = Look(mistakes=("a",))
    assert step_after(DAY, look).action is Action.SEND_CORRECTION
    told = {"corrected": frozenset({"a"}), "last_correction_at": NOW + DAY}
    assert step_after(DAY + timedelta(hours=2), look, **told).reminder is Reminder.DAY_1


def test_a_search_that_ses_has_ended_is_started_again() -> None:
    step = step_after(3 * DAY, Look(search_ended=True))
    assert step.action is Action.RESTART_VERIFICATION
    assert step.wait_seconds == 21_600
    assert "72 hours" in step.reason


def test_progress_remembers_what_was_sent() -> None:
    progress = Progress(NOW).with_correction(("a",), NOW).with_correction(("b",), NOW + DAY)
    assert progress.corrected == {"a", "b"}
    assert progress.last_correction_at == NOW + DAY
    assert progress.with_reminder(Reminder.DAY_1).reminded == {Reminder.DAY_1}
    assert progress.reminded == frozenset()


def test_a_busy_ses_is_waited_for_and_neither_reminds_nor_expires() -> None:
    for elapsed in (timedelta(minutes=5), timedelta(days=2), PATIENCE + timedelta(days=1)):
        step = next_step(Progress(NOW - elapsed), Look(busy_seconds=40), NOW, 0.0)
        assert (step.action, step.wait_seconds) == (Action.WAIT, 40)
