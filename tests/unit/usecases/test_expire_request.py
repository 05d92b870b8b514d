"""The end of a request whose records never came."""

import pytest

from onboarding.domain.lifecycle import State
from onboarding.ports import MailRefused
from onboarding.usecases.current import Superseded
from tests.support.world import DOMAIN, World


def test_the_request_ends_and_the_customer_and_the_ticket_are_told(world: World) -> None:
    world.waiting()
    assert world.expire() == {"state": "expired"}
    assert world.domain().state is State.EXPIRED
    assert world.store.requests["req_1"].outcome is State.EXPIRED
    assert world.mailed() == ["records", "expired"]
    assert world.happened()[-2:] == ["expired", "expired_mailed"]
    assert "Ask again in this ticket" in world.comments()[-1]


def test_the_identity_stays_at_ses(world: World) -> None:
    world.waiting()
    world.expire()
    assert DOMAIN in world.identities.identities


def test_expiring_twice_has_the_effects_of_once(world: World) -> None:
    world.waiting()
    world.expire()
    effects = world.effects()
    world.expire()
    assert world.effects() == effects


def test_a_verified_domain_does_not_expire(world: World) -> None:
    world.waiting()
    world.mark_verified()
    with pytest.raises(ValueError, match="cannot become expired"):
        world.expire()
    assert world.domain().state is State.VERIFIED
    assert world.store.requests["req_1"].outcome is State.VERIFIED


def test_a_refused_mail_leaves_it_expired_and_a_retry_tells(world: World) -> None:
    world.waiting()
    world.mailer.failures = [MailRefused("paused")]
    with pytest.raises(MailRefused):
        world.expire()
    world.expire()
    assert world.mailed() == ["records", "expired"]
    assert len(world.comments()) == 2


def test_a_request_that_does_not_hold_the_domain_expires_nothing(world: World) -> None:
    world.waiting()
    with pytest.raises(Superseded):
        world.expire("req_9")
