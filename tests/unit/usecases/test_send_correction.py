"""Telling the customer what is wrong, each mistake once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onboarding.ports import MailRefused
from onboarding.usecases.current import Superseded
from tests.support.world import World


def with_a_mistake(world: World, index: int = 0, value: str = "wrong.example.org") -> None:
    record = world.domain().records[index]
    world.dns.publish(replace(record, value=value))
    world.check()


def test_a_mistake_is_mailed_with_what_is_still_missing(world: World) -> None:
    world.waiting()
    with_a_mistake(world)
    assert world.correct() == {"mistakes": 1}
    letter = world.mailer.sent[-1]
    assert (letter.kind.value, letter.recipient, letter.zone) == (
        "correction",
        "dns@example.com",
        "example.com",
    )
    [shown] = letter.problems
    assert shown["problem"]["code"] == "wrong_value"
    assert shown["problem"]["found"] == "wrong.example.org"
    assert letter.missing == world.domain().records[1:]
    assert world.happened()[-1] == "correction_mailed"
    assert world.comments()[-1].startswith(
        "The DNS records of news.example.com have a mistake; the contact was mailed the cure.\n"
        "- CNAME t1._domainkey.news.example.com: "
    )


def test_correcting_twice_has_the_effects_of_once(world: World) -> None:
    world.waiting()
    with_a_mistake(world)
    world.correct()
    effects = world.effects()
    world.clock.advance(timedelta(hours=1))
    assert world.correct() == {"mistakes": 0}
    assert world.effects() == effects


def test_only_new_mistakes_are_mailed(world: World) -> None:
    world.waiting()
    with_a_mistake(world)
    world.correct()
    with_a_mistake(world, index=1)
    assert world.correct() == {"mistakes": 1}
    [shown] = world.mailer.sent[-1].problems
    assert shown["record"]["name"] == "t2._domainkey.news.example.com"
    assert len(world.domain().progress.corrected) == 2  # type: ignore[union-attr]


def test_a_mistake_that_came_back_is_not_mailed_a_second_time(world: World) -> None:
    world.waiting()
    with_a_mistake(world)
    world.correct()
    world.publish_everything()
    world.check()
    with_a_mistake(world)
    assert world.correct() == {"mistakes": 0}


def test_a_mistake_that_was_cured_meanwhile_is_not_mailed(world: World) -> None:
    world.waiting()
    with_a_mistake(world)
    world.publish_everything()
    world.check()
    assert world.correct() == {"mistakes": 0}
    assert world.mailed() == ["records"]


def test_without_a_look_there_is_nothing_to_correct(world: World) -> None:
    world.waiting()
    assert world.correct() == {"mistakes": 0}


def test_a_refused_mail_is_tried_again(world: World) -> None:
    world.waiting()
    with_a_mistake(world)
    world.mailer.failures = [MailRefused("paused")]
    with pytest.raises(MailRefused):
        world.correct()
    assert world.correct() == {"mistakes": 1}
    assert world.mailed() == ["records", "correction"]


def test_a_mail_that_may_be_out_is_noted_once_and_not_sent_again(world: World) -> None:
    world.waiting()
    with_a_mistake(world)
    world.mailer.failures = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        world.correct()
    for _ in range(3):
        world.correct()
    assert world.mailed() == ["records"]
    assert world.happened().count("mail_unresolved") == 1


def test_a_request_that_does_not_hold_the_domain_mails_nothing(world: World) -> None:
    world.waiting()
    with pytest.raises(Superseded):
        world.correct("req_9")
