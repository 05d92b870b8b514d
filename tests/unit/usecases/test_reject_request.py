"""The end of a request that cannot be fulfilled."""

import pytest

from onboarding.domain.lifecycle import State
from tests.support.values import a_request
from tests.support.world import DOMAIN, World

REFUSAL = ("identity_of_somebody_else", "An operator has to look.")


def test_a_request_that_was_never_admitted_ends_and_the_ticket_is_told(world: World) -> None:
    world.accepted()
    assert world.reject(*REFUSAL) == {"state": "rejected", "code": "identity_of_somebody_else"}
    assert world.store.requests["req_1"].outcome is State.REJECTED
    assert world.store.domain(DOMAIN) is None
    assert world.comments() == ["news.example.com was not set up. An operator has to look."]


def test_a_domain_that_the_request_holds_is_given_up(world: World) -> None:
    world.admitted()
    world.reject(*REFUSAL)
    assert world.domain().state is State.REJECTED
    assert world.store.timeline(DOMAIN)[-1].what == "rejected"
    assert world.store.timeline(DOMAIN)[-1].why == "An operator has to look."


def test_a_domain_that_another_request_holds_is_left_alone(world: World) -> None:
    world.admitted(a_request(account_id="globex"), "req_0")
    world.accepted()
    before = world.domain()
    world.reject("owned_by_another_organisation", "No.")
    assert world.domain() == before
    assert world.store.requests["req_0"].outcome is None


def test_rejecting_twice_has_the_effects_of_once(world: World) -> None:
    world.admitted()
    world.reject(*REFUSAL)
    effects = world.effects()
    world.reject(*REFUSAL)
    assert world.effects() == effects


def test_nobody_is_mailed(world: World) -> None:
    world.admitted()
    world.reject(*REFUSAL)
    assert world.mailed() == []


def test_a_request_that_was_never_accepted_is_a_fault(world: World) -> None:
    with pytest.raises(LookupError):
        world.reject(*REFUSAL, "req_9")
