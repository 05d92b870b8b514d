"""What becomes of a verified domain by what was seen of it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.drift import APART, AtSes, Course, Finding, course, finding_of
from onboarding.domain.lifecycle import ESTABLISHED, State, may_become
from tests.support.values import NOW

FINE, WAIT, GAVE_UP = AtSes(True, False), AtSes(False, False), AtSes(False, True)
HOUR = timedelta(hours=1)

states = st.sampled_from(sorted(ESTABLISHED))
findings = st.sampled_from(Finding)
ses = st.sampled_from([None, FINE, WAIT, GAVE_UP])


def report(*statuses: str, zone: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "records": [{"status": status} for status in statuses],
        "zone": {"problems": [{"code": code} for code in zone]},
    }


@pytest.mark.parametrize(
    ("seen", "finding"),
    [
        (report("found", "found"), Finding.POSITIVE),
        (report("found", "missing"), Finding.NEGATIVE),
        (report("found", "wrong"), Finding.NEGATIVE),
        # One of several servers lacks it, and whoever asks that one does not find it.
        (report("found", "propagating"), Finding.NEGATIVE),
        (report("found", "unknown"), Finding.UNKNOWN),
        (report("missing", "unknown"), Finding.NEGATIVE),
        (report("unknown", zone=("dns_unavailable",)), Finding.UNKNOWN),
        (report("unknown", zone=("dnssec_bogus",)), Finding.UNKNOWN),
        # The registration ended: the registry itself says that there is no such domain.
        (report("unknown", zone=("domain_not_delegated",)), Finding.NEGATIVE),
        (report("found", zone=("lame_nameserver",)), Finding.POSITIVE),
        (report(), Finding.UNKNOWN),
    ],
)
def test_a_report_is_positive_negative_or_unknown(seen: dict[str, Any], finding: Finding) -> None:
    assert finding_of(seen) is finding


def became(moved: Course) -> list[State]:
    return [state for state, _ in moved.steps]


def test_the_first_definite_negative_puts_a_domain_at_risk() -> None:
    moved = course(State.VERIFIED, Finding.NEGATIVE, None, None, NOW)
    assert (became(moved), moved.first_negative_at) == ([State.AT_RISK], NOW)


@pytest.mark.parametrize(("gone", "lost"), [(APART - HOUR, []), (APART, [State.LOST])])
def test_a_domain_is_lost_by_a_negative_twelve_hours_after_the_first(
    gone: timedelta, lost: list[State]
) -> None:
    moved = course(State.AT_RISK, Finding.NEGATIVE, NOW - gone, None, NOW)
    assert became(moved) == lost
    assert moved.first_negative_at == NOW - gone


def test_a_domain_is_lost_when_ses_gives_up_by_way_of_at_risk() -> None:
    moved = course(State.VERIFIED, Finding.POSITIVE, None, GAVE_UP, NOW)
    assert became(moved) == [State.AT_RISK, State.LOST]
    assert became(course(State.AT_RISK, Finding.NEGATIVE, NOW, GAVE_UP, NOW)) == [State.LOST]


def test_a_temporary_failure_at_ses_means_wait() -> None:
    assert course(State.VERIFIED, Finding.POSITIVE, None, WAIT, NOW).steps == ()
    assert course(State.AT_RISK, Finding.POSITIVE, NOW - HOUR, WAIT, NOW).steps == ()


@pytest.mark.parametrize("state", [State.AT_RISK, State.LOST])
def test_a_cure_takes_every_record_and_ses(state: State) -> None:
    assert became(course(state, Finding.POSITIVE, NOW, FINE, NOW)) == [State.VERIFIED]
    assert course(state, Finding.POSITIVE, NOW, None, NOW).steps == ()
    assert course(state, Finding.UNKNOWN, NOW, FINE, NOW).steps == ()


def test_negatives_that_were_cured_in_between_do_not_add_up() -> None:
    cured = course(State.AT_RISK, Finding.POSITIVE, NOW - 20 * HOUR, WAIT, NOW)
    assert cured.first_negative_at is None
    again = course(State.AT_RISK, Finding.NEGATIVE, cured.first_negative_at, None, NOW)
    assert again.steps == ()


@given(states, st.none() | st.timedeltas(timedelta(0), timedelta(days=9)))
def test_what_is_unknown_changes_nothing(state: State, gone: timedelta | None) -> None:
    first = None if gone is None else NOW - gone
    for at_ses in (None, FINE, WAIT):
        assert course(state, Finding.UNKNOWN, first, at_ses, NOW) == Course((), first)


@given(states, findings, ses, st.none() | st.timedeltas(timedelta(0), timedelta(days=9)))
def test_every_course_is_one_that_the_lifecycle_allows(
    state: State, finding: Finding, at_ses: AtSes | None, gone: timedelta | None
) -> None:
    first = None if gone is None else NOW - gone
    for target, why in course(state, finding, first, at_ses, NOW).steps:
        assert may_become(state, target)
        assert why
        state = target
