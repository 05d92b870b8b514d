"""Telling the customer what is wrong, each mistake once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onboarding.domain.observation import Bogus, Failure, NoSuchZone
from onboarding.port_errors import MailRefused
from onboarding.usecases.current import Superseded
from tests.support.world import DOMAIN, SERVERS, World


def with_a_mistake(world: World, index: int = 0, value: str = "wrong.example.org") -> None:
    record = world.domain().records[index]
    world.dns.publish(replace(record, value=value))
    world.check()


def test_a_mistake_is_mailed_with_what_is_still_missing(world: World) -> None:
    world.waiting()
    with_a_mistake(world)
    assert world.correct() == {"mistakes": 1}
    letter = world.mailer.sent[-1]
    assert (letter.kind.value, letter.recipient, letter.report) == (
        "correction",
        "dns@example.com",
        world.domain().report,
    )
    [shown] = letter.problems
    assert shown["problem"]["code"] == "wrong_value"
    assert shown["problem"]["found"] == "wrong.example.org"
    assert letter.missing == world.domain().records[1:]
    assert world.happened()[-1] == "correction_mailed"
    assert world.comments()[-1].startswith(
        "The DNS of news.example.com has a mistake; the contact was mailed the cure.\n"
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


@pytest.mark.parametrize(
    ("no_zone", "code"),
    [(NoSuchZone("com"), "domain_not_delegated"), (Bogus("example.com"), "dnssec_bogus")],
)
def test_what_is_wrong_with_the_zone_is_mailed_and_told_to_the_ticket_once(
    world: World, no_zone: NoSuchZone | Bogus, code: str
) -> None:
    world.waiting()
    world.dns.no_zone = no_zone
    world.check()
    assert world.correct() == {"mistakes": 1}
    letter = world.mailer.sent[-1]
    assert (letter.problems, letter.zone) == ((), None)
    [shown] = letter.zone_problems
    assert shown["code"] == code
    assert world.comments()[-1] == (
        "The DNS of news.example.com has a mistake; the contact was mailed the cure.\n"
        f"- news.example.com: {shown['message']}"
    )
    for _ in range(3):
        world.clock.advance(timedelta(days=1))
        world.check()
        assert world.correct() == {"mistakes": 0}
    assert world.mailed() == ["records", "correction"]


def test_a_domain_that_does_not_exist_is_told_with_the_records_it_will_need(world: World) -> None:
    world.waiting()
    world.dns.no_zone = NoSuchZone("com")
    world.check()
    world.correct()
    assert world.mailer.sent[-1].missing == world.domain().records


def test_several_mistakes_are_counted_in_the_ticket(world: World) -> None:
    world.waiting()
    with_a_mistake(world)
    with_a_mistake(world, index=1)
    world.correct()
    comment = world.comments()[-1]
    assert comment.startswith(f"The DNS of {DOMAIN} has 2 mistakes; the contact was mailed")
    assert comment.count("\n- ") == 2


def test_a_lame_server_is_told_beside_a_mistake_and_alone_is_none(world: World) -> None:
    world.waiting()
    world.dns.silent = SERVERS[1]
    world.check()
    assert world.correct() == {"mistakes": 0}
    with_a_mistake(world)
    assert world.correct() == {"mistakes": 1}
    assert [p["code"] for p in world.mailer.sent[-1].beside] == ["lame_nameserver"]


def test_an_outage_is_never_mailed(world: World) -> None:
    world.waiting()
    for failure in Failure:
        world.dns.failure = failure
        world.check()
        assert world.correct() == {"mistakes": 0}
    assert world.mailed() == ["records"]
