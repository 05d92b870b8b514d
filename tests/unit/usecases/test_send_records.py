"""Mailing the records, and starting to wait."""

from datetime import timedelta

import pytest

from onboarding.domain.identity import IdentityStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.schedule import Progress
from onboarding.port_errors import MailRefused
from onboarding.usecases.current import Superseded
from tests.support.world import DOMAIN, World

COMMENT = (
    "4 DNS records for news.example.com were mailed to the contact. The domain is checked by "
    "itself until they are there."
)


def test_the_records_are_mailed_and_the_wait_begins(world: World) -> None:
    world.created()
    assert world.send_records() == {"wait_seconds": 60}
    [letter] = world.mailer.sent
    assert (letter.kind.value, letter.recipient, letter.records) == (
        "records",
        "dns@example.com",
        world.domain().records,
    )
    assert letter.expires_at == world.clock.now() + timedelta(days=14)
    assert world.domain().state is State.AWAITING_DNS
    assert world.domain().progress == Progress(world.clock.now())
    assert world.happened()[-1] == "records_mailed"
    assert world.comments() == [COMMENT]


def test_sending_twice_has_the_effects_of_once(world: World) -> None:
    world.waiting()
    effects = world.effects()
    world.clock.advance(timedelta(hours=1))
    assert world.send_records() == {"wait_seconds": 360}
    assert world.effects() == effects


def test_new_tokens_are_mailed_as_new_records_without_another_fortnight(world: World) -> None:
    world.waiting()
    world.clock.advance(timedelta(days=3))
    world.identities.change(DOMAIN, tokens=("n1", "n2", "n3"), dkim_status=IdentityStatus.FAILED)
    world.restart()
    world.send_records()
    assert world.mailed() == ["records", "records"]
    assert world.mailer.sent[1].records[0].name == "n1._domainkey.news.example.com"
    assert world.domain().progress == Progress(world.clock.now() - timedelta(days=3))
    assert len(world.comments()) == 2


def test_the_wait_after_a_restart_does_not_reach_behind_the_last_day(world: World) -> None:
    world.waiting()
    world.clock.advance(timedelta(days=14) - timedelta(hours=1))
    assert world.send_records() == {"wait_seconds": 3600}


def test_a_refused_mail_is_tried_again_and_the_wait_begins_with_it(world: World) -> None:
    world.created()
    world.mailer.failures = [MailRefused("paused")]
    with pytest.raises(MailRefused):
        world.send_records()
    assert world.domain().state is State.REQUESTED
    world.clock.advance(timedelta(hours=2))
    world.send_records()
    assert world.mailed() == ["records"]
    assert world.domain().progress == Progress(world.clock.now())


def test_a_mail_that_may_be_out_is_noted_and_not_sent_again(world: World) -> None:
    world.created()
    world.mailer.failures = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        world.send_records()
    world.send_records()
    assert world.mailed() == []
    assert world.happened()[-1] == "mail_unresolved"
    assert any("not certain" in comment for comment in world.store.comments.values())
    assert world.domain().state is State.AWAITING_DNS


def test_a_death_after_the_mail_begins_the_wait_on_the_next_try(world: World) -> None:
    world.created()
    save = world.store.save

    def die(*arguments: object) -> None:
        world.store.save = save  # type: ignore[method-assign]
        raise TimeoutError

    world.store.save = die  # type: ignore[method-assign, assignment]
    with pytest.raises(TimeoutError):
        world.send_records()
    world.send_records()
    assert world.mailed() == ["records"]
    assert world.domain().state is State.AWAITING_DNS
    assert world.happened()[-1] == "records_mailed"


def test_another_writer_in_between_loses_nothing(world: World) -> None:
    world.created()
    send = world.mailer.send

    def send_while_somebody_writes(letter: object) -> str:
        world.store.save(world.domain())
        return send(letter)  # type: ignore[arg-type]

    world.mailer.send = send_while_somebody_writes  # type: ignore[method-assign]
    world.send_records()
    assert world.domain().state is State.AWAITING_DNS


def test_a_request_that_lost_the_domain_mails_nothing(world: World) -> None:
    world.created()
    world.accepted(request_id="req_2")
    world.store.stored_domains.pop(DOMAIN)
    with pytest.raises(Superseded):
        world.send_records()
    assert world.mailed() == []
