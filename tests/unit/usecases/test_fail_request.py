"""The end of a request after a fault."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from onboarding.domain.lifecycle import State
from onboarding.port_errors import MailRefused
from onboarding.usecases.fail_request import UNTOLD
from tests.support.values import a_request
from tests.support.world import DOMAIN, World


def test_the_request_fails_and_the_ticket_hears_that_an_operator_has_it(world: World) -> None:
    world.waiting()
    assert world.fail(error="Lambda.Timeout", cause="it slept") == {
        "state": "failed",
        "superseded": False,
    }
    assert world.domain().state is State.FAILED
    assert world.store.requests["req_1"].outcome is State.FAILED
    assert world.store.timeline(DOMAIN)[-1].why == (
        "A fault stopped the work: Lambda.Timeout: it slept"
    )
    assert "fault on our side" in world.comments()[-1]
    assert "Lambda" not in world.comments()[-1]


def test_failing_twice_has_the_effects_of_once(world: World) -> None:
    world.waiting()
    world.fail()
    effects = world.effects()
    world.fail(error="Other", cause="later")
    assert world.effects() == effects


def test_a_verified_domain_stays_verified(world: World) -> None:
    world.waiting()
    world.mark_verified()
    effects = world.effects()
    assert world.fail() == {"state": "verified", "superseded": False}
    assert world.effects() == effects


@pytest.mark.parametrize(
    ("end", "state", "words"),
    [
        (World.mark_verified, State.VERIFIED, "is verified: e-mail can be sent from it."),
        (World.expire, State.EXPIRED, "was not set up in time."),
    ],
)
def test_an_end_that_cannot_be_told_is_left_to_other_workflows_for_a_day(
    world: World, end: Callable[[World], Any], state: State, words: str
) -> None:
    world.waiting()
    world.store.mark_started("req_1")
    world.mailer.failures = [MailRefused("no")]
    with pytest.raises(MailRefused):
        end(world)
    said = world.comments()
    world.clock.advance(UNTOLD - timedelta(seconds=1))
    assert world.fail() == {"state": state, "superseded": False}
    assert world.comments() == said
    assert [stored.request_id for stored in world.store.open_requests(world.clock.now())]
    world.clock.advance(timedelta(seconds=1))
    assert world.fail() == {"state": state, "superseded": False}
    assert words in world.comments()[-1]
    assert "not certain that the contact was told" in world.comments()[-1]
    assert not list(world.store.open_requests(world.clock.now()))
    assert world.domain().state is state
    assert world.store.requests["req_1"].outcome is state


def test_a_request_that_was_never_admitted_fails_without_a_domain(world: World) -> None:
    world.accepted()
    assert world.fail() == {"state": "failed", "superseded": False}
    assert world.store.domain(DOMAIN) is None


def test_a_domain_that_another_request_holds_is_left_alone(world: World) -> None:
    world.admitted(a_request(account_id="globex"), "req_0")
    world.accepted()
    before = world.domain()
    world.fail()
    assert world.domain() == before


def test_a_verified_domain_of_another_request_does_not_hide_the_failure(world: World) -> None:
    world.waiting(a_request(account_id="globex"), "req_0")
    world.mark_verified("req_0")
    world.accepted()
    assert world.fail() == {"state": "failed", "superseded": False}
    assert world.domain().state is State.VERIFIED


def test_a_request_that_was_off_boarded_meanwhile_is_no_failure(world: World) -> None:
    world.waiting()
    world.offboard()
    effects = world.effects()
    assert world.fail(error="Superseded") == {"state": "offboarded", "superseded": True}
    assert world.effects() == effects


def test_a_long_cause_is_cut(world: World) -> None:
    world.waiting()
    world.fail(cause="x" * 10_000)
    assert len(world.store.timeline(DOMAIN)[-1].why) == 300


def test_a_request_that_was_never_accepted_is_a_fault(world: World) -> None:
    with pytest.raises(LookupError):
        world.fail("req_9")
