"""Every pair of states, and whether a domain may step from the one to the other."""

import itertools

import pytest

from onboarding.domain.lifecycle import ENDS, IN_PROGRESS, State, may_be_closed, may_become
from onboarding.domain.onboarding import Slot
from tests.support.values import NOW, a_domain

TABLE = {
    State.REQUESTED: "awaiting_approval awaiting_document awaiting_dns rejected expired failed "
    "offboarded",
    State.AWAITING_APPROVAL: "awaiting_document awaiting_dns rejected expired failed offboarded",
    State.AWAITING_DOCUMENT: "awaiting_dns rejected expired failed offboarded",
    State.AWAITING_DNS: "verified rejected expired failed offboarded",
    State.AWAITING_LINK: "rejected expired failed offboarded",  # no state of domains
    State.VERIFIED: "at_risk offboarded requested",
    State.AT_RISK: "verified lost offboarded requested",
    State.LOST: "verified offboarded requested",
    State.REJECTED: "requested",
    State.EXPIRED: "requested",
    State.FAILED: "requested",
    State.OFFBOARDED: "requested",
}


def test_the_table_below_has_every_state() -> None:
    assert set(TABLE) == set(State)


@pytest.mark.parametrize(("current", "target"), list(itertools.product(State, State)))
def test_a_step_is_allowed_exactly_where_the_table_has_it(current: State, target: State) -> None:
    assert may_become(current, target) is (target.value in TABLE[current].split())


def test_the_ends_and_the_states_in_progress() -> None:
    assert {state.value for state in ENDS} == {"rejected", "expired", "failed", "offboarded"}
    assert {state.value for state in IN_PROGRESS} == {
        "requested",
        "awaiting_approval",
        "awaiting_document",
        "awaiting_dns",
        "awaiting_link",
    }


def test_a_domain_that_steps_keeps_the_time_of_the_step() -> None:
    domain = a_domain(state=State.AWAITING_DNS).become(State.VERIFIED, NOW)
    assert (domain.state, domain.since) == (State.VERIFIED, NOW)


def test_a_step_that_is_not_allowed_says_which() -> None:
    with pytest.raises(ValueError, match=r"news\.example\.com is lost: it cannot become expired"):
        a_domain(state=State.LOST).become(State.EXPIRED, NOW)


@pytest.mark.parametrize(("outcome", "end"), list(itertools.product([None, *State], sorted(ENDS))))
def test_the_first_outcome_stays_but_what_was_verified_may_be_off_boarded(
    outcome: State | None, end: State
) -> None:
    expected = outcome is None or (outcome, end) == (State.VERIFIED, State.OFFBOARDED)
    assert may_be_closed(outcome, end) is expected


@pytest.mark.parametrize("state", State)
def test_only_a_living_domain_holds_a_slot(state: State) -> None:
    held = a_domain(state=state, slot=Slot.POOL).held_slot
    assert held is (None if state in ENDS else Slot.POOL)
