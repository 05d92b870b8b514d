"""The end of a request whose records never came."""

import pytest

from onboarding.domain.lifecycle import State
from onboarding.port_errors import MailRefused
from onboarding.usecases.current import Superseded
from tests.support.values import a_request
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
    before = world.effects()
    assert world.expire() == {"state": "verified"}
    assert world.effects() == before


def test_a_refused_mail_leaves_it_expired_and_a_retry_tells(world: World) -> None:
    world.waiting()
    world.mailer.failures = [MailRefused("paused")]
    with pytest.raises(MailRefused):
        world.expire()
    world.expire()
    assert world.mailed() == ["records", "expired"]
    assert len(world.comments()) == 2


def test_a_request_that_was_never_accepted_expires_nothing(world: World) -> None:
    world.waiting()
    with pytest.raises(LookupError):
        world.expire("req_9")
    assert world.domain().state is State.AWAITING_DNS


def test_a_request_that_was_off_boarded_meanwhile_does_not_expire(world: World) -> None:
    world.waiting()
    world.offboard()
    effects = world.effects()
    with pytest.raises(Superseded):
        world.expire()
    assert world.effects() == effects


def test_what_waited_for_an_approval_expires_without_another_mail(world: World) -> None:
    world.awaiting_approval()
    why = "A pack of more domains for account acme had to be approved, and nobody did."
    for _ in range(2):
        assert world.expire(why=why) == {"state": "expired"}
    assert world.domain().state is State.EXPIRED
    assert world.store.requests["req_1"].outcome is State.EXPIRED
    assert world.mailed() == ["approval_requested"]
    assert world.comments()[-1] == (
        f"news.example.com was not set up. {why} Ask again in this ticket to start afresh."
    )


def test_a_request_that_waited_for_another_organisations_domain_expires_beside_it(
    world: World,
) -> None:
    world.waiting(a_request(account_id="globex"), "req_0")
    world.accepted()
    world.ask()
    world.expire(why="Nobody decided.")
    assert world.store.requests["req_1"].outcome is State.EXPIRED
    assert world.domain().request_id == "req_0"
    assert world.domain().state is State.AWAITING_DNS
