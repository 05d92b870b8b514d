"""A look at DNS and then at SES, and what it decides."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onboarding.domain.identity import IdentityStatus
from onboarding.domain.observation import Bogus, Failure, NoSuchZone
from onboarding.domain.schedule import Reminder
from onboarding.port_errors import SesBusy
from onboarding.usecases.check_records import IdentityMissing, NotWaiting, mistakes_of
from onboarding.usecases.current import Superseded
from tests.support.values import a_request_with_mail_from
from tests.support.world import DOMAIN, SERVERS, World


def ses_calls(world: World) -> int:
    return len(world.identities.calls)


def test_while_records_are_missing_ses_is_not_asked(world: World) -> None:
    world.waiting()
    before = ses_calls(world)
    assert world.check() == {
        "action": "wait",
        "reason": "The records are not complete yet.",
        "wait_seconds": 60,
        "reminder": None,
        "verdict": "waiting",
    }
    assert ses_calls(world) == before


def test_a_complete_dns_asks_ses_once_and_waits_while_ses_has_not_seen_it(world: World) -> None:
    world.waiting()
    world.publish_everything()
    before = ses_calls(world)
    look = world.check()
    assert (look["verdict"], look["action"]) == ("ready", "wait")
    assert world.identities.calls[before:] == [("get", DOMAIN)]
    assert world.domain().summary == (
        "DNS is ready: of 4 records 4 found. Waiting for Amazon SES to see them."
    )


def test_dns_and_ses_together_verify(world: World) -> None:
    world.waiting()
    world.publish_everything()
    world.ses_sees_it()
    look = world.check()
    assert (look["verdict"], look["action"]) == ("ready", "verified")


def test_ses_alone_does_not_verify(world: World) -> None:
    world.waiting()
    world.ses_sees_it()
    assert world.check()["action"] == "wait"


@pytest.mark.parametrize(
    "changes",
    [
        {"verified_for_sending": False},
        {"dkim_status": IdentityStatus.TEMPORARY_FAILURE},
        {"dkim_status": IdentityStatus.PENDING},
        {"mail_from_status": IdentityStatus.PENDING},
        {"mail_from_status": IdentityStatus.TEMPORARY_FAILURE},
        {"mail_from_status": None},
        {"mail_from_domain": "other.news.example.com"},
        {"mail_from_domain": None},
    ],
)
def test_with_a_mail_from_everything_at_ses_has_to_be_right(
    world: World, changes: dict[str, object]
) -> None:
    world.waiting(a_request_with_mail_from())
    world.publish_everything()
    world.ses_sees_it()
    world.identities.change(DOMAIN, mail_from_status=IdentityStatus.SUCCESS)
    assert world.check()["action"] == "verified"
    world.identities.change(DOMAIN, **changes)
    assert world.check()["action"] == "wait"


def test_a_busy_ses_waits_and_breaks_nothing(world: World) -> None:
    world.waiting()
    world.publish_everything()
    world.ses_sees_it()
    world.identities.failures = [SesBusy("slow down")]
    look = world.check()
    assert (look["action"], look["verdict"], look["wait_seconds"]) == ("wait", "ready", 60)
    assert world.check()["action"] == "verified"


def test_another_fault_of_ses_goes_to_the_workflow(world: World) -> None:
    world.waiting()
    world.publish_everything()
    world.identities.failures = [PermissionError("AccessDenied")]
    with pytest.raises(PermissionError):
        world.check()


def test_an_identity_that_is_gone_is_a_fault(world: World) -> None:
    world.waiting()
    world.publish_everything()
    del world.identities.identities[DOMAIN]
    with pytest.raises(IdentityMissing):
        world.check()


@pytest.mark.parametrize(
    "changes",
    [
        {"dkim_status": IdentityStatus.FAILED},
        {"mail_from_status": IdentityStatus.FAILED},
    ],
)
def test_a_search_that_ended_is_restarted_once_dns_is_complete(
    world: World, changes: dict[str, object]
) -> None:
    world.waiting(a_request_with_mail_from())
    world.identities.change(DOMAIN, **changes)
    assert world.check()["action"] == "wait"
    world.publish_everything()
    assert world.check()["action"] == "restart"


def test_a_mistake_asks_for_a_correction_and_names_it_on_the_timeline(world: World) -> None:
    world.waiting()
    first = world.domain().records[0]
    world.dns.publish(replace(first, value="wrong.dkim.amazonses.com"))
    look = world.check()
    assert (look["action"], look["verdict"]) == ("correct", "wrong")
    assert world.domain().summary == (
        "DNS is wrong: of 4 records 1 wrong, 3 missing. Problems: missing, stale_token."
    )


def test_a_mistake_that_was_told_is_not_corrected_again_but_another_value_is(world: World) -> None:
    world.waiting()
    first = world.domain().records[0]
    world.dns.publish(replace(first, value="wrong.dkim.amazonses.com"))
    world.check()
    world.correct()
    assert world.check()["action"] == "wait"
    world.clock.advance(timedelta(hours=23))
    world.dns.publish(replace(first, value="also-wrong.dkim.amazonses.com"))
    assert world.check()["action"] == "wait"
    world.clock.advance(timedelta(hours=1))
    assert world.check()["action"] == "correct"


def test_an_outage_of_dns_is_unknown_and_never_verified_nor_a_mistake(world: World) -> None:
    world.waiting()
    world.publish_everything()
    world.ses_sees_it()
    world.dns.failure = Failure.TIMEOUT
    before = ses_calls(world)
    look = world.check()
    assert (look["verdict"], look["action"]) == ("unknown", "wait")
    assert ses_calls(world) == before


@pytest.mark.parametrize(
    ("after", "action", "reminder"),
    [
        (timedelta(days=1), "remind", "day_1"),
        (timedelta(days=13), "remind", "last_notice"),
        (timedelta(days=14), "expire", None),
    ],
)
def test_time_alone_brings_reminders_and_the_end(
    world: World, after: timedelta, action: str, reminder: str | None
) -> None:
    world.waiting()
    world.clock.advance(after)
    look = world.check()
    assert (look["action"], look["reminder"]) == (action, reminder)


def test_looking_twice_has_the_effects_of_once(world: World) -> None:
    world.waiting()
    first = world.check()
    effects = world.effects()
    assert world.check() == first
    assert world.effects() == effects


def test_looks_that_find_the_same_are_one_line_of_the_timeline(world: World) -> None:
    world.waiting()
    for _ in range(3):
        world.check()
        world.clock.advance(timedelta(minutes=1))
    assert world.happened().count("checked") == 1
    world.publish_everything()
    world.check()
    assert world.happened().count("checked") == 2
    assert world.domain().report is not None
    assert world.domain().report["checked_at"] == "2026-11-23T10:03:00Z"  # type: ignore[index]


def test_the_jitter_comes_from_the_dice(world: World) -> None:
    world.waiting()
    world.dice.value = 0.5
    world.clock.advance(timedelta(hours=1))
    assert world.check()["wait_seconds"] == 378


def test_a_domain_whose_records_were_never_sent_is_a_fault(world: World) -> None:
    world.created()
    with pytest.raises(NotWaiting):
        world.check()


def test_a_request_that_does_not_hold_the_domain_looks_at_nothing(world: World) -> None:
    world.waiting()
    looked_before = world.dns.observed
    with pytest.raises(Superseded):
        world.check("req_9")
    assert world.dns.observed == looked_before


def test_a_mistake_is_known_again_by_record_code_and_what_was_found() -> None:
    def report(found: str, status: str = "wrong", code: str = "wrong_value") -> dict[str, object]:
        problem = {"code": code, "found": found}
        record = {"name": "a", "type": "TXT", "status": status, "problems": [problem]}
        return {"records": [record]}

    assert mistakes_of(report("x")).keys() == mistakes_of(report("x")).keys()
    assert mistakes_of(report("x")).keys() != mistakes_of(report("y")).keys()
    assert mistakes_of(report("x")).keys() != mistakes_of(report("x", code="wrong_type")).keys()
    assert mistakes_of(report("x", status="missing")) == {}
    assert mistakes_of(report("x", status="propagating")) == {}


@pytest.mark.parametrize(
    ("no_zone", "verdict"), [(NoSuchZone("com"), "waiting"), (Bogus("example.com"), "unknown")]
)
def test_what_is_wrong_with_the_zone_is_corrected_after_an_hour_and_once(
    world: World, no_zone: NoSuchZone | Bogus, verdict: str
) -> None:
    world.waiting()
    world.dns.no_zone = no_zone
    actions = []
    for _ in range(8):
        world.clock.advance(timedelta(minutes=10))
        look = world.check()
        assert look["verdict"] == verdict
        actions.append(look["action"])
        if look["action"] == "correct":
            world.correct()
    assert actions == [*["wait"] * 5, "correct", *["wait"] * 2]


def test_one_bad_look_at_the_zone_is_no_mistake_and_neither_is_its_repeat(world: World) -> None:
    world.waiting()
    world.clock.advance(timedelta(hours=2))
    world.check()
    world.dns.no_zone = Bogus("example.com")
    assert world.check()["action"] == "wait"
    world.clock.advance(timedelta(seconds=30))
    assert world.check()["action"] == "wait"
    world.dns.no_zone = None
    world.clock.advance(timedelta(hours=1))
    assert world.check()["action"] == "wait"
    world.dns.no_zone = Bogus("example.com")
    world.clock.advance(timedelta(hours=1))
    assert world.check()["action"] == "wait"
    world.clock.advance(timedelta(hours=1))
    assert world.check()["action"] == "correct"


def test_a_zone_that_comes_into_being_later_is_verified_like_any_other(world: World) -> None:
    world.waiting()
    world.dns.no_zone = NoSuchZone("com")
    world.check()
    assert world.domain().summary == (
        "DNS is waiting: of 4 records 4 missing. Problems: domain_not_delegated."
    )
    world.clock.advance(timedelta(hours=2))
    world.check()
    world.correct()
    world.dns.no_zone = None
    world.publish_everything()
    world.ses_sees_it()
    world.clock.advance(timedelta(hours=1))
    assert world.check()["action"] == "verified"


def test_a_lame_server_and_an_outage_cause_no_correction_however_long_they_last(
    world: World,
) -> None:
    world.waiting()
    world.dns.silent = SERVERS[1]
    for hours in range(1, 11):
        world.dns.failure = Failure.SERVFAIL if hours % 2 else None
        world.clock.advance(timedelta(hours=1))
        assert world.check()["action"] == "wait"


def test_an_owner_who_has_done_all_is_told_once_that_amazon_takes_its_time(world: World) -> None:
    world.waiting()
    world.dns.publish(*world.domain().records)
    assert world.check()["action"] == "wait"
    world.clock.advance(timedelta(hours=2, minutes=59))
    assert world.check()["action"] == "wait"
    world.clock.advance(timedelta(hours=3))
    step = world.check()
    assert (step["action"], step["reminder"]) == ("remind", "waiting_for_ses")
    world.remind(Reminder(step["reminder"]))
    assert world.mailed() == ["records", "waiting_for_ses"]
    for _ in range(3):
        world.clock.advance(timedelta(days=1))
        assert world.check()["action"] == "wait", "nothing is left to be reminded of"


def test_an_ses_too_busy_to_be_asked_says_nothing_of_whether_it_has_seen_them(world: World) -> None:
    world.waiting()
    world.dns.publish(*world.domain().records)
    world.check()
    world.clock.advance(timedelta(days=1))
    world.identities.failures = [SesBusy("slow down")]
    step = world.check()
    assert (step["action"], step["reminder"]) == ("wait", None)
