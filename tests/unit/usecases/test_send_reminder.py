"""Reminders, each at most once."""

from datetime import timedelta

import pytest

from onboarding.domain.observation import Bogus
from onboarding.domain.schedule import Reminder
from onboarding.port_errors import MailRefused
from onboarding.usecases.current import Superseded
from tests.support.world import SERVERS, World


@pytest.mark.parametrize(
    ("reminder", "kind"),
    [
        (Reminder.DAY_1, "reminder"),
        (Reminder.DAY_3, "reminder"),
        (Reminder.DAY_7, "reminder"),
        (Reminder.LAST_NOTICE, "last_notice"),
    ],
)
def test_a_reminder_shows_what_is_missing_and_until_when(
    world: World, reminder: Reminder, kind: str
) -> None:
    world.waiting()
    sent_at = world.clock.now()
    world.clock.advance(timedelta(days=1))
    world.check()
    assert world.remind(reminder) == {"reminder": reminder.value}
    letter = world.mailer.sent[-1]
    assert (letter.kind.value, letter.recipient) == (kind, "dns@example.com")
    assert letter.missing == world.domain().records
    assert letter.expires_at == sent_at + timedelta(days=14)
    assert world.happened()[-1] == f"{kind}_mailed"
    assert world.domain().progress.reminded == {reminder}  # type: ignore[union-attr]


def test_reminding_twice_has_the_effects_of_once(world: World) -> None:
    world.waiting()
    world.remind(Reminder.DAY_1)
    effects = world.effects()
    world.clock.advance(timedelta(hours=1))
    world.remind(Reminder.DAY_1)
    assert world.effects() == effects


def test_each_reminder_is_a_letter_of_its_own(world: World) -> None:
    world.waiting()
    for reminder in Reminder:
        world.remind(reminder)
    assert world.mailed() == [
        "records",
        *("reminder", "reminder", "reminder", "last_notice", "waiting_for_ses"),
    ]


def test_a_refused_mail_is_tried_again(world: World) -> None:
    world.waiting()
    world.mailer.failures = [MailRefused("paused")]
    with pytest.raises(MailRefused):
        world.remind(Reminder.DAY_1)
    assert world.domain().progress.reminded == frozenset()  # type: ignore[union-attr]
    world.remind(Reminder.DAY_1)
    assert world.mailed() == ["records", "reminder"]


def test_a_mail_that_may_be_out_is_noted_once_and_not_sent_again(world: World) -> None:
    world.waiting()
    world.mailer.failures = [TimeoutError()]
    with pytest.raises(TimeoutError):
        world.remind(Reminder.DAY_1)
    for _ in range(3):
        world.remind(Reminder.DAY_1)
    assert world.mailed() == ["records"]
    assert world.happened().count("mail_unresolved") == 1


def test_a_request_that_does_not_hold_the_domain_reminds_nobody(world: World) -> None:
    world.waiting()
    with pytest.raises(Superseded):
        world.remind(Reminder.DAY_1, "req_9")


def test_a_reminder_repeats_what_was_told_of_the_zone_and_nothing_that_was_not(
    world: World,
) -> None:
    world.waiting()
    world.dns.no_zone = Bogus("example.com")
    world.check()
    world.remind(Reminder.DAY_1)
    assert world.mailer.sent[-1].zone_problems == ()
    world.correct()
    world.remind(Reminder.DAY_3)
    assert [p["code"] for p in world.mailer.sent[-1].zone_problems] == ["dnssec_bogus"]


def test_a_reminder_tells_of_a_lame_server_too(world: World) -> None:
    world.waiting()
    world.dns.silent = SERVERS[1]
    world.check()
    world.remind(Reminder.DAY_1)
    assert [p["found"] for p in world.mailer.sent[-1].beside] == [f"{SERVERS[1]}: timeout"]
