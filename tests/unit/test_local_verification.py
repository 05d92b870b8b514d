"""The state machine of a verification: every transition, and what must hold for any history."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.ses.lookup import combine
from local.ses.verification import (
    GRACE,
    SEARCH,
    Change,
    Finding,
    Observation,
    Progress,
    Status,
    Which,
    begin,
    confirm,
    expire,
    next_look,
    observe,
    restart,
    verified,
)

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
FOUND = Observation(Finding.FOUND)
ABSENT = Observation(Finding.ABSENT, "HOST_NOT_FOUND")
UNKNOWN = Observation(Finding.UNKNOWN, "DNS_SERVER_ERROR")
HOUR = timedelta(hours=1)

RECORDS = st.sampled_from([Which.DKIM, Which.MAIL_FROM])
LOOKS = st.lists(
    st.tuples(
        st.sampled_from([FOUND, ABSENT, UNKNOWN]),
        st.timedeltas(timedelta(seconds=1), timedelta(hours=30)),
    ),
    max_size=60,
)

TRANSITIONS = [
    (Which.DKIM, Status.NOT_STARTED, ABSENT, HOUR, Status.PENDING),
    (Which.DKIM, Status.NOT_STARTED, UNKNOWN, HOUR, Status.PENDING),
    (Which.DKIM, Status.NOT_STARTED, FOUND, HOUR, Status.SUCCESS),
    (Which.DKIM, Status.PENDING, ABSENT, 71 * HOUR, Status.PENDING),
    (Which.DKIM, Status.PENDING, ABSENT, 72 * HOUR, Status.FAILED),
    (Which.DKIM, Status.PENDING, UNKNOWN, 71 * HOUR, Status.PENDING),
    (Which.DKIM, Status.PENDING, UNKNOWN, 72 * HOUR, Status.FAILED),
    (Which.DKIM, Status.PENDING, FOUND, 71 * HOUR, Status.SUCCESS),
    (Which.DKIM, Status.SUCCESS, FOUND, 999 * HOUR, Status.SUCCESS),
    (Which.DKIM, Status.SUCCESS, UNKNOWN, 999 * HOUR, Status.SUCCESS),
    (Which.DKIM, Status.SUCCESS, ABSENT, HOUR, Status.TEMPORARY_FAILURE),
    (Which.DKIM, Status.TEMPORARY_FAILURE, ABSENT, 119 * HOUR, Status.TEMPORARY_FAILURE),
    (Which.DKIM, Status.TEMPORARY_FAILURE, ABSENT, 120 * HOUR, Status.FAILED),
    (Which.DKIM, Status.TEMPORARY_FAILURE, UNKNOWN, 999 * HOUR, Status.TEMPORARY_FAILURE),
    (Which.DKIM, Status.TEMPORARY_FAILURE, FOUND, HOUR, Status.SUCCESS),
    (Which.DKIM, Status.FAILED, FOUND, HOUR, Status.FAILED),
    (Which.MAIL_FROM, Status.TEMPORARY_FAILURE, ABSENT, 71 * HOUR, Status.TEMPORARY_FAILURE),
    (Which.MAIL_FROM, Status.TEMPORARY_FAILURE, ABSENT, 72 * HOUR, Status.FAILED),
]


@pytest.mark.parametrize(("which", "old", "seen", "age", "new"), TRANSITIONS)
def test_one_look_moves_a_verification_on(
    which: Which, old: Status, seen: Observation, age: timedelta, new: Status
) -> None:
    progress, change = observe(which, Progress(old, START), seen, START + age)
    assert progress.status is new
    assert change == (None if old is new else Change(which, old, new))


def test_the_72_hours_run_from_the_request_and_not_from_the_first_look() -> None:
    pending, _ = observe(Which.DKIM, begin(START), ABSENT, START + 10 * HOUR)
    assert (pending.status, pending.since) == (Status.PENDING, START)


def test_a_look_records_when_and_why() -> None:
    progress, _ = observe(Which.DKIM, begin(START), ABSENT, START + HOUR)
    assert (progress.checked_at, progress.error) == (START + HOUR, "HOST_NOT_FOUND")
    assert progress.succeeded_at is None
    progress, _ = observe(Which.DKIM, progress, FOUND, START + 2 * HOUR)
    assert (progress.succeeded_at, progress.error) == (START + 2 * HOUR, None)


def test_a_restarted_search_gets_a_fresh_72_hours_and_looks_at_once() -> None:
    failed = Progress(Status.FAILED, START, checked_at=START, error="TYPE_NOT_FOUND")
    fresh = restart(failed, START + 100 * HOUR)
    assert (fresh.status, fresh.since) == (Status.PENDING, START + 100 * HOUR)
    assert next_look(Which.DKIM, fresh) == START + 100 * HOUR
    still, _ = observe(Which.DKIM, fresh, ABSENT, START + 171 * HOUR)
    assert still.status is Status.PENDING


@given(RECORDS, LOOKS)
def test_no_outage_ever_changes_what_was_verified(
    which: Which, looks: list[tuple[Observation, timedelta]]
) -> None:
    progress, now = begin(START), START
    for seen, pause in looks:
        now += pause
        before = progress.status
        progress, change = observe(which, progress, seen, now)
        assert (change is not None) == (before is not progress.status)
        if seen is UNKNOWN and before in (Status.SUCCESS, Status.TEMPORARY_FAILURE):
            assert progress.status is before
        if progress.status is Status.SUCCESS and before is not Status.SUCCESS:
            assert seen is FOUND


@given(RECORDS, LOOKS)
def test_loss_takes_two_definite_negatives_a_whole_grace_apart(
    which: Which, looks: list[tuple[Observation, timedelta]]
) -> None:
    progress, now = Progress(Status.SUCCESS, START), START
    first_absent: datetime | None = None
    for seen, pause in looks:
        now += pause
        before = progress.status
        progress, _ = observe(which, progress, seen, now)
        if seen is FOUND:
            first_absent = None
        elif seen is ABSENT and first_absent is None:
            first_absent = now
        if progress.status is Status.FAILED and before is not Status.FAILED:
            assert seen is ABSENT
            assert first_absent is not None
            assert now - first_absent >= GRACE[which]


@given(RECORDS, LOOKS)
def test_a_failed_search_stays_failed_and_is_not_looked_at(
    which: Which, looks: list[tuple[Observation, timedelta]]
) -> None:
    progress, now = Progress(Status.FAILED, START), START
    assert next_look(which, progress) is None
    for seen, pause in looks:
        now += pause
        assert observe(which, progress, seen, now) == (progress, None)


@given(st.timedeltas(timedelta(0), SEARCH))
def test_looks_come_every_minute_at_first_and_every_quarter_at_last(age: timedelta) -> None:
    checked = START + age
    due = next_look(Which.DKIM, Progress(Status.PENDING, START, checked_at=checked))
    assert due is not None
    assert timedelta(minutes=1) <= due - checked <= timedelta(minutes=15)
    if age <= timedelta(minutes=20):
        assert due - checked == timedelta(minutes=1)
    if age >= timedelta(hours=5):
        assert due - checked == timedelta(minutes=15)


def test_a_link_works_for_a_day_and_no_longer() -> None:
    pending = Progress(Status.PENDING, START)
    confirmed, change = confirm(pending, START + 23 * HOUR)
    assert confirmed.status is Status.SUCCESS
    assert change == Change(Which.ADDRESS, Status.PENDING, Status.SUCCESS)
    late, change = confirm(pending, START + 24 * HOUR)
    assert late.status is Status.FAILED
    assert change == Change(Which.ADDRESS, Status.PENDING, Status.FAILED)
    assert expire(pending, START + 23 * HOUR) == (pending, None)
    assert expire(pending, START + 24 * HOUR)[0].status is Status.FAILED
    assert confirm(confirmed, START + 99 * HOUR) == (confirmed, None)


def test_an_identity_may_send_until_its_verification_has_failed() -> None:
    assert verified(False, Status.SUCCESS)
    assert verified(True, Status.TEMPORARY_FAILURE)
    assert verified(True, Status.PENDING)
    assert not verified(True, Status.FAILED)
    assert not verified(False, Status.PENDING)
    assert not verified(False, Status.TEMPORARY_FAILURE)


def test_a_definite_absence_outweighs_an_outage_and_an_outage_outweighs_success() -> None:
    assert combine([FOUND, UNKNOWN, ABSENT]) == ABSENT
    assert combine([FOUND, UNKNOWN, FOUND]) == UNKNOWN
    assert combine([FOUND, FOUND]) == FOUND
