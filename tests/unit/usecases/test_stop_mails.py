"""One click ends the mails about a domain or an address, and the set-up goes on without them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onboarding.adapters.memory import MemoryClock
from onboarding.adapters.memory_pages import MemoryPages
from onboarding.domain.mail_claim import Claim
from onboarding.domain.page_links import customer_link
from onboarding.domain.schedule import Reminder
from onboarding.domain.stopping import (
    STOP_PERIOD,
    Mailing,
    StopLink,
    recipient_hash,
    stop_family,
    stop_link,
)
from onboarding.domain.tokens import token_hash
from onboarding.usecases.show_mails import show_mails
from onboarding.usecases.stop_mails import stop_mails
from tests.support.address_world import ADDRESS, AddressWorld
from tests.support.values import NOW
from tests.support.world import DOMAIN, TICKET, World

TOKEN = "5e" * 32
CONTACT = "dns@example.com"
LATER = timedelta(hours=1)


class Clicking:
    """A recipient with a mail that has a link."""

    def __init__(self, world: World, subject: str = DOMAIN, recipient: str = CONTACT) -> None:
        self.world, self.pages, self.real_clock = world, MemoryPages(), MemoryClock(NOW)
        self.link: StopLink = stop_link(subject, recipient, "records", "req_1", TICKET, NOW)
        self.pages.put_stop_link(token_hash(TOKEN), self.link)

    def click(self, token: str = TOKEN, *, again: bool = False) -> Mailing | None:
        return stop_mails(
            token,
            again=again,
            links=self.pages,
            store=self.world.store,
            clock=self.world.clock,
            real_clock=self.real_clock,
        )

    def show(self, token: str = TOKEN) -> Mailing | None:
        self.pages.reads.clear()
        return show_mails(
            token, links=self.pages, store=self.world.store, real_clock=self.real_clock
        )


@pytest.fixture
def clicking(world: World) -> Clicking:
    world.waiting()
    return Clicking(world)


def test_a_click_ends_the_mails_at_once_and_timeline_and_ticket_are_told(
    clicking: Clicking,
) -> None:
    world = clicking.world
    world.clock.advance(LATER)
    assert clicking.click() == Mailing(clicking.link, stopped=True)
    line = world.store.timeline(DOMAIN)[-1]
    assert (line.at, line.what, line.by) == (world.clock.now(), "mails_stopped", "recipient")
    assert line.why == (
        "d***@example.com gets no more e-mails about it: stopped by the link in the mail records "
        "of request req_1."
    )
    assert "d***@example.com has stopped our e-mails about news.example.com" in world.comments()[-1]
    assert "`xes page resume news.example.com`" in world.comments()[-1]
    world.remind(Reminder.DAY_1)
    assert world.mailed() == ["records"]
    assert world.happened()[-1] == "reminder_not_mailed"


def test_a_second_click_changes_nothing(clicking: Clicking) -> None:
    clicking.click()
    effects = clicking.world.effects()
    stop = clicking.world.store.stop_of(DOMAIN, recipient_hash(CONTACT))
    clicking.world.clock.advance(LATER)
    assert clicking.click() == Mailing(clicking.link, stopped=True)
    assert clicking.world.effects() == effects
    assert clicking.world.store.stop_of(DOMAIN, recipient_hash(CONTACT)) == stop


def test_looking_changes_nothing(clicking: Clicking) -> None:
    effects = clicking.world.effects()
    assert clicking.show() == Mailing(clicking.link, stopped=False)
    assert clicking.world.effects() == effects
    clicking.click()
    assert clicking.show() == Mailing(clicking.link, stopped=True)


def test_a_click_that_died_half_way_is_finished_by_the_next(clicking: Clicking) -> None:
    store = clicking.world.store
    comment = store.comment

    def die(*_: object, **__: object) -> None:
        raise TimeoutError

    store.comment = die  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        clicking.click()
    store.comment = comment  # type: ignore[method-assign]
    clicking.click()
    assert clicking.world.happened().count("mails_stopped") == 1
    assert len([c for c in clicking.world.comments() if "has stopped our e-mails" in c]) == 1


def test_the_domain_is_verified_all_the_same_and_the_ticket_hears_what_was_not_mailed(
    clicking: Clicking,
) -> None:
    clicking.click()
    world = clicking.world
    world.publish_everything()
    world.ses_sees_it()
    world.check()
    world.mark_verified()
    assert world.mailed() == ["records"]
    assert world.happened()[-2:] == ["verified", "verified_not_mailed"]
    assert world.comments()[-1] == (
        "news.example.com is verified: e-mail can be sent from it. The contact was not told. "
        "The contact has stopped our e-mails about it and was not mailed: tell them another way, "
        "or name another contact."
    )


def test_a_mistake_is_told_to_the_ticket_with_what_was_found(clicking: Clicking) -> None:
    clicking.click()
    world = clicking.world
    record = world.domain().records[0]
    world.dns.publish(replace(record, value="typo.dkim.amazonses.com"))
    world.check()
    assert world.correct() == {"mistakes": 1}
    told = world.comments()[-1]
    assert "the contact was not mailed the cure. The contact has stopped" in told
    assert f"- CNAME {record.name}: " in told
    assert world.happened()[-1] == "correction_not_mailed"


def test_what_is_withheld_is_told_once_however_often_it_is_tried(clicking: Clicking) -> None:
    clicking.click()
    world = clicking.world
    world.publish_everything()
    world.ses_sees_it()
    world.check()
    world.mark_verified()
    effects = world.effects()
    world.clock.advance(LATER)
    world.mark_verified()
    assert world.effects() == effects
    assert world.store.mails_of(DOMAIN)["req_1#verified"] is Claim.WITHHELD


def test_a_mail_that_went_out_before_the_click_stays_sent(clicking: Clicking) -> None:
    clicking.click()
    world = clicking.world
    before = world.happened()
    world.send_records()
    assert world.happened() == before


def test_mails_come_again_where_they_are_asked_for(clicking: Clicking) -> None:
    world = clicking.world
    clicking.click()
    world.remind(Reminder.DAY_1)
    world.clock.advance(LATER)
    assert clicking.click(again=True) == Mailing(clicking.link, stopped=False)
    assert world.happened()[-1] == "mails_resumed"
    assert "gets our e-mails about news.example.com again" in world.comments()[-1]
    effects = world.effects()
    clicking.click(again=True)
    assert world.effects() == effects
    world.remind(Reminder.DAY_3)
    assert world.mailed() == ["records", "reminder"]
    world.clock.advance(LATER)
    clicking.click()
    assert world.happened()[-1] == "mails_stopped"
    assert len([c for c in world.comments() if "d***@example.com has stopped" in c]) == 2


def test_another_contact_gets_mails_and_the_same_one_spelled_otherwise_gets_none(
    clicking: Clicking,
) -> None:
    clicking.click()
    world = clicking.world
    domain = world.domain()
    world.store.stored_domains[DOMAIN] = replace(domain, contact_email="DNS@Example.com")
    world.remind(Reminder.DAY_1)
    world.store.stored_domains[DOMAIN] = replace(domain, contact_email="it@example.com")
    world.remind(Reminder.DAY_3)
    assert [letter.recipient for letter in world.mailer.sent] == [CONTACT, "it@example.com"]


def test_a_stop_outlives_its_request_and_the_ticket_that_named_them_is_told(
    clicking: Clicking,
) -> None:
    world = clicking.world
    world.store.stored_domains[DOMAIN] = replace(world.domain(), request_id="req_2")
    before = world.happened()
    assert clicking.click() == Mailing(clicking.link, stopped=True)
    assert world.happened() == before
    assert "has stopped our e-mails" in world.comments()[-1]
    assert world.store.mails_stopped(DOMAIN, recipient_hash(CONTACT))


def test_mails_about_an_address_are_stopped_too(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    contact = address_world.address().contact_email
    Clicking(address_world, ADDRESS, contact).click()  # type: ignore[arg-type]
    assert address_world.happened()[-1] == "mails_stopped"
    address_world.remind_of_link(Reminder.DAY_1)
    assert address_world.happened()[-1] == "address_reminder_not_mailed"
    assert address_world.mailed() == ["address_link"]
    assert "The contact was not reminded. The contact has stopped" in address_world.comments()[-1]


def test_a_link_works_for_180_days_and_each_that_does_not_costs_the_same_reads(
    clicking: Clicking,
) -> None:
    assert timedelta(days=60) < STOP_PERIOD
    clicking.real_clock.time = NOW + STOP_PERIOD - timedelta(seconds=1)
    assert clicking.show() is not None
    clicking.real_clock.time = NOW + STOP_PERIOD
    assert clicking.show() is None
    expired = list(clicking.pages.reads)
    clicking.real_clock.time = NOW
    assert clicking.show("f" * 64) is None
    wrong = list(clicking.pages.reads)
    clicking.pages.revoke_page_links(stop_family(DOMAIN), NOW)
    assert clicking.show() is None
    assert expired == wrong == clicking.pages.reads
    effects = clicking.world.effects()
    assert clicking.click() is clicking.click("f" * 64) is None
    assert clicking.world.effects() == effects


def test_a_pages_link_stops_nothing(clicking: Clicking) -> None:
    page = "ab" * 32
    clicking.pages.put_page_link(token_hash(page), customer_link(DOMAIN, "req_1", NOW))
    assert clicking.click(page) is None
    assert clicking.pages.page_link(token_hash(TOKEN)) is None
