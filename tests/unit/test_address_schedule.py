"""When SES is asked about an address again, and what follows a look."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.address_schedule import (
    LINK_LIFE,
    MAX_LINKS,
    LinkAction,
    LinkLook,
    LinkProgress,
    next_link_step,
)
from onboarding.domain.lifecycle import State, may_become
from onboarding.domain.schedule import Reminder, wait_seconds
from onboarding.domain.sender_address import FORWARD_OF_ADDRESSES
from tests.support.address_world import a_sender_address
from tests.support.values import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PENDING, ENDED = LinkLook(), LinkLook(link_ended=True)
FRESH = LinkProgress(NOW)


@pytest.mark.parametrize(
    ("look", "action"),
    [
        (LinkLook(verified=True), LinkAction.MARK_VERIFIED),
        (LinkLook(verified=True, covered_by="example.com"), LinkAction.MARK_VERIFIED),
        (LinkLook(covered_by="example.com", link_ended=True), LinkAction.ANSWER_COVERED),
    ],
)
@pytest.mark.parametrize("elapsed", [timedelta(0), 20 * DAY])
def test_success_comes_before_everything_even_after_the_end(
    look: LinkLook, action: LinkAction, elapsed: timedelta
) -> None:
    step = next_link_step(FRESH, look, NOW + elapsed, 0.0)
    assert (step.action, step.wait_seconds) == (action, 0)


def test_the_patience_ends_after_fourteen_days() -> None:
    last = next_link_step(FRESH, ENDED, NOW + 14 * DAY - timedelta(seconds=1), 0.0)
    assert last.action is not LinkAction.EXPIRE
    assert next_link_step(FRESH, PENDING, NOW + 14 * DAY, 0.0).action is LinkAction.EXPIRE


@pytest.mark.parametrize("elapsed", [timedelta(0), HOUR, DAY, 5 * DAY])
def test_the_wait_is_that_of_domains(elapsed: timedelta) -> None:
    step = next_link_step(FRESH, PENDING, NOW + elapsed, 0.5)
    assert step.wait_seconds == wait_seconds(elapsed, 0.5)


def test_a_new_link_comes_before_its_reminder_and_a_reminder_after_it() -> None:
    at = NOW + DAY
    first = next_link_step(FRESH, ENDED, at, 0.0)
    assert (first.action, first.link) == (LinkAction.RENEW_LINK, 2)
    then = next_link_step(FRESH.with_link(2), PENDING, at, 0.0)
    assert (then.action, then.reminder) == (LinkAction.SEND_REMINDER, Reminder.DAY_1)
    done = FRESH.with_link(2).with_reminder(Reminder.DAY_1)
    assert next_link_step(done, PENDING, at, 0.0).action is LinkAction.WAIT


def test_a_link_that_ends_after_its_reminder_is_still_renewed() -> None:
    reminded = FRESH.with_reminder(Reminder.DAY_1)
    step = next_link_step(reminded, ENDED, NOW + DAY + 2 * HOUR, 0.0)
    assert (step.action, step.link) == (LinkAction.RENEW_LINK, 2)


def test_between_the_reminders_an_ended_link_is_left_ended() -> None:
    renewed = FRESH.with_link(2).with_reminder(Reminder.DAY_1)
    assert next_link_step(renewed, ENDED, NOW + 2.5 * DAY, 0.0).action is LinkAction.WAIT
    assert next_link_step(renewed, ENDED, NOW + 3 * DAY, 0.0).link == 3


@given(jitter=st.floats(0, 1, exclude_max=True), busy=st.lists(st.booleans(), max_size=9))
def test_a_fortnight_without_anybody_is_five_links_four_reminders_and_125_looks(
    jitter: float, busy: list[bool]
) -> None:
    """Whatever the dice say, and also where some looks find a busy SES."""
    now, looks, link_at, progress = NOW, 0, NOW, FRESH
    reminders = []
    while True:
        looks += 1
        unknown = bool(busy) and busy[looks % len(busy)]
        look = LinkLook(link_ended=not unknown and now - link_at >= LINK_LIFE)
        step = next_link_step(progress, look, now, jitter)
        if step.action is LinkAction.EXPIRE:
            break
        if step.link is not None:
            progress, link_at = progress.with_link(step.link), now
        if step.reminder is not None:
            progress = progress.with_reminder(step.reminder)
            reminders.append(step.reminder)
        now += timedelta(seconds=step.wait_seconds)
    assert looks <= 125
    assert progress.links <= MAX_LINKS
    assert reminders == list(dict.fromkeys(reminders))
    if not any(busy):
        assert progress.links == MAX_LINKS
        assert reminders == [
            Reminder.DAY_1,
            Reminder.DAY_3,
            Reminder.DAY_7,
            Reminder.LAST_NOTICE,
        ]
    assert timedelta(days=14) <= now - NOW <= timedelta(days=14, minutes=2)


# The states of an address


@pytest.mark.parametrize(
    ("current", "targets"),
    [
        (State.REQUESTED, {"awaiting_link", "verified"}),
        (State.AWAITING_LINK, {"verified"}),
        (State.VERIFIED, {"requested"}),
        (State.EXPIRED, {"requested"}),
    ],
)
def test_an_address_steps_where_an_address_may(current: State, targets: set[str]) -> None:
    forward = {t.value for t in State if may_become(current, t, FORWARD_OF_ADDRESSES)}
    assert forward - {"rejected", "expired", "failed", "offboarded"} == targets


def test_a_step_that_is_not_allowed_does_not_name_the_address() -> None:
    with pytest.raises(ValueError, match="the address is verified: it cannot become expired"):
        a_sender_address(state=State.VERIFIED).become(State.EXPIRED, NOW)
