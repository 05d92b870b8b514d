"""Marking a domain verified, and telling everybody once."""

from dataclasses import replace
from datetime import date

import pytest

from onboarding.domain.dmarc_advice import DmarcAdvice
from onboarding.domain.lifecycle import State
from onboarding.port_errors import MailRefused
from onboarding.usecases.current import Superseded
from tests.support.world import DOMAIN, World


def test_the_domain_the_request_the_customer_and_the_ticket_know(world: World) -> None:
    world.waiting()
    assert world.mark_verified() == {"state": "verified"}
    assert world.domain().state is State.VERIFIED
    assert world.domain().since == world.clock.now()
    assert world.store.requests["req_1"].outcome is State.VERIFIED
    assert world.mailed() == ["records", "verified"]
    assert world.happened()[-2:] == ["verified", "verified_mailed"]
    assert world.comments()[-1] == (
        "news.example.com is verified: e-mail can be sent from it. The contact was told."
    )


def test_the_mail_says_whether_it_is_enough_for_the_large_providers(world: World) -> None:
    world.waiting()
    world.publish_everything()
    world.ses_sees_it()
    world.check()
    world.mark_verified()
    letter = world.mailer.sent[-1]
    assert letter.notes == (
        "The DNS of news.example.com has what Gmail, Yahoo and Microsoft ask of those who send "
        "them more than 5,000 messages a day.",
    )


def test_without_a_report_the_mail_claims_nothing(world: World) -> None:
    world.waiting()
    world.store.save(replace(world.domain(), report=None))
    world.mark_verified()
    assert world.mailer.sent[-1].notes == ()


def test_marking_twice_has_the_effects_of_once(world: World) -> None:
    world.waiting()
    world.mark_verified()
    effects = world.effects()
    world.mark_verified()
    assert world.effects() == effects


def test_a_refused_mail_leaves_the_domain_verified_and_a_retry_tells(world: World) -> None:
    world.waiting()
    world.mailer.failures = [MailRefused("paused")]
    with pytest.raises(MailRefused):
        world.mark_verified()
    assert world.domain().state is State.VERIFIED
    assert world.mark_verified() == {"state": "verified"}
    assert world.mailed() == ["records", "verified"]
    assert world.happened().count("verified") == 1
    assert len(world.comments()) == 2


def test_a_mail_that_may_be_out_is_noted_and_not_sent_again(world: World) -> None:
    world.waiting()
    world.mailer.failures = [TimeoutError()]
    with pytest.raises(TimeoutError):
        world.mark_verified()
    world.mark_verified()
    assert world.mailed() == ["records"]
    assert world.happened()[-1] == "mail_unresolved"


def test_a_domain_that_awaits_nothing_cannot_become_verified(world: World) -> None:
    world.created()
    with pytest.raises(ValueError, match="cannot become verified"):
        world.mark_verified()


def test_a_request_that_does_not_hold_the_domain_marks_nothing(world: World) -> None:
    world.waiting()
    with pytest.raises(Superseded):
        world.mark_verified("req_9")
    assert world.store.domain(DOMAIN).state is State.AWAITING_DNS  # type: ignore[union-attr]


def the_way_on(world: World, policy: str | None = None) -> DmarcAdvice | None:
    world.waiting()
    world.dns.publish(*world.domain().records)
    if policy is not None:
        world.dns.published["_dmarc.news.example.com", "TXT"] = [policy]
    world.check()
    world.mark_verified()
    advice: DmarcAdvice | None = world.mailer.sent[-1].dmarc
    return advice


def test_the_letter_shows_the_way_to_a_strict_policy_from_the_one_asked_for(world: World) -> None:
    advice = the_way_on(world)
    assert advice is not None
    assert [stage.begins for stage in advice.stages] == [
        date(2026, 11, 23), date(2026, 12, 7), date(2027, 1, 4),
    ]  # fmt: skip
    assert advice.stages[-1].text == "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
    assert world.mailer.sent[-1].report == world.domain().report


def test_an_owner_who_is_further_already_is_shown_no_way_back(world: World) -> None:
    assert the_way_on(world, "v=DMARC1; p=reject") is None
