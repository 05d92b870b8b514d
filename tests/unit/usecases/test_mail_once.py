"""Sending at most once: claim, send, record."""

from dataclasses import replace

import pytest

from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.mail_claim import Claim
from onboarding.domain.request import Ticket
from onboarding.domain.stopping import Stop, recipient_hash
from onboarding.port_errors import MailRefused
from onboarding.usecases.mail_once import Posted, entry_for, mail_once
from tests.support.world import DOMAIN, World

LETTER = Letter(
    LetterKind.RECORDS, "records", "dns@example.com", DOMAIN, Ticket("standard", "4711"), "req_1"
)
KEY = "req_1#records"


def post(world: World, letter: Letter = LETTER) -> Posted:
    return mail_once(letter, ledger=world.store, mailer=world.mailer, clock=world.clock)


def test_a_letter_is_sent_and_recorded(world: World) -> None:
    assert post(world) is Posted.SENT
    assert world.mailer.sent == [LETTER]
    assert world.store.claim_mail(DOMAIN, KEY, world.clock.now()) is Claim.DONE


def test_a_letter_is_sent_once(world: World) -> None:
    post(world)
    assert post(world) is Posted.SENT_BEFORE
    assert len(world.mailer.sent) == 1


def test_letters_of_another_occasion_or_request_are_others(world: World) -> None:
    for letter in (LETTER, replace(LETTER, key="other"), replace(LETTER, request_id="req_2")):
        assert post(world, letter) is Posted.SENT
    assert len(world.mailer.sent) == 3


def test_a_refused_letter_gives_the_claim_back(world: World) -> None:
    world.mailer.failures = [MailRefused("no such sender")]
    with pytest.raises(MailRefused):
        post(world)
    assert world.store.mails == {}
    assert post(world) is Posted.SENT


def test_a_letter_that_may_be_out_is_never_sent_again(world: World) -> None:
    world.mailer.failures = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        post(world)
    for _ in range(3):
        assert post(world) is Posted.UNRESOLVED
    assert world.mailer.sent == []


def test_a_death_between_claim_and_send_leaves_the_claim_unresolved(world: World) -> None:
    world.store.claim_mail(DOMAIN, KEY, world.clock.now())
    assert post(world) is Posted.UNRESOLVED
    assert world.mailer.sent == []


def test_a_death_between_send_and_record_leaves_the_claim_unresolved(world: World) -> None:
    def die(*arguments: object) -> None:
        raise TimeoutError

    world.store.record_mail = die  # type: ignore[method-assign, assignment]
    with pytest.raises(TimeoutError):
        post(world)
    assert post(world) is Posted.UNRESOLVED
    assert len(world.mailer.sent) == 1


def test_a_letter_that_its_recipient_has_stopped_is_withheld_until_they_want_it(
    world: World,
) -> None:
    recipient, stop = recipient_hash(LETTER.recipient), Stop(world.clock.now(), "records", "req_1")
    world.store.stop_mails(DOMAIN, recipient, stop)
    assert [post(world), post(world)] == [Posted.STOPPED, Posted.STOPPED_BEFORE]
    assert post(world, replace(LETTER, recipient="it@example.com", key="it")) is Posted.SENT
    assert post(world, replace(LETTER, domain="example.org")) is Posted.SENT
    world.store.allow_mails(DOMAIN, recipient, stop)
    assert [post(world), post(world)] == [Posted.SENT, Posted.SENT_BEFORE]


def test_a_stop_does_not_hide_that_a_mail_may_be_out(world: World) -> None:
    world.store.claim_mail(DOMAIN, KEY, world.clock.now())
    stop = Stop(world.clock.now(), "records", "req_1")
    world.store.stop_mails(DOMAIN, recipient_hash(LETTER.recipient), stop)
    assert post(world) is Posted.UNRESOLVED


@pytest.mark.parametrize(
    ("posted", "what"),
    [
        (Posted.STOPPED, "records_not_mailed"),
        (Posted.SENT, "records_mailed"),
        (Posted.SENT_BEFORE, "records_mailed"),
        (Posted.UNRESOLVED, "mail_unresolved"),
    ],
)
def test_the_timeline_says_what_became_of_it(world: World, posted: Posted, what: str) -> None:
    entry = entry_for(LETTER, posted, world.clock)
    assert (entry.what, entry.at) == (what, world.clock.now())
    assert "dns@example.com" not in entry.why
