"""The watch over a verified domain, from its first check to its cure."""

from datetime import timedelta
from typing import Any

import pytest

from onboarding.domain.check import Report, diagnose
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.observation import Failure, NoSuchZone
from onboarding.port_errors import SesBusy
from onboarding.usecases import check_domains
from tests.support.values import a_request, a_request_with_mail_from
from tests.support.world import DOMAIN, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched(world: World) -> World:
    """Verified for an hour, and found well once."""
    world.verified()
    world.watch_for(HOUR)
    world.mailer.sent.clear()
    world.store.comments.clear()
    return world


def lose_records(world: World) -> None:
    world.dns.published.clear()


def state(world: World) -> State:
    return world.domain().state


def watch(world: World) -> Any:
    return world.store.stored_watches[DOMAIN]


def test_a_healthy_domain_is_left_alone_and_nobody_asks_ses(watched: World) -> None:
    before, calls = watched.effects(), list(watched.identities.calls)
    watched.watch_for(30 * DAY)
    assert watched.effects() == before
    assert watched.identities.calls == calls
    looks = watched.dns.observed
    watched.watch_for(10 * DAY)
    assert 10 <= watched.dns.observed - looks <= 12


def test_records_that_go_are_at_risk_then_lost_then_cured_and_each_is_told_once(
    watched: World,
) -> None:
    lose_records(watched)
    watched.watch_for(7 * HOUR)
    assert state(watched) is State.AT_RISK
    watched.watch_for(16 * HOUR)
    assert state(watched) is State.LOST
    watched.watch_for(5 * DAY)
    watched.publish_everything()
    watched.watch_for(7 * HOUR)
    assert state(watched) is State.VERIFIED
    assert watched.mailed() == ["at_risk", "lost", "recovered"]
    assert len(watched.comments()) == 3
    assert watched.happened()[-6:] == [
        "at_risk", "at_risk_mailed", "lost", "lost_mailed", "recovered", "recovered_mailed",
    ]  # fmt: skip


def test_the_mail_and_the_ticket_have_the_cure(watched: World) -> None:
    gone = watched.domain().records[0]
    del watched.dns.published[gone.name, gone.type]
    watched.watch_for(7 * HOUR)
    (letter,) = watched.mailer.sent
    assert letter.missing == (gone,)
    assert letter.recipient == "dns@example.com"
    assert gone.name in watched.comments()[0]


def test_a_second_trouble_is_told_again(watched: World) -> None:
    for _ in range(2):
        lose_records(watched)
        watched.watch_for(7 * HOUR)
        watched.publish_everything()
        watched.watch_for(7 * HOUR)
    assert watched.mailed() == ["at_risk", "recovered"] * 2


@pytest.mark.parametrize("failure", [Failure.TIMEOUT, Failure.SERVFAIL])
def test_servers_that_are_down_for_days_change_nothing(watched: World, failure: Failure) -> None:
    before = watched.effects()
    watched.dns.failure = failure
    watched.watch_for(5 * DAY)
    watched.dns.failure = None
    watched.watch_for(DAY)
    assert watched.effects() == before


def test_an_outage_between_two_negatives_neither_counts_nor_cures(watched: World) -> None:
    lose_records(watched)
    watched.watch_for(7 * HOUR)
    watched.dns.failure = Failure.TIMEOUT
    watched.watch_for(3 * DAY)
    assert state(watched) is State.AT_RISK
    watched.dns.failure = None
    watched.watch_for(7 * HOUR)
    assert state(watched) is State.LOST


def test_a_domain_whose_registration_ended_is_at_risk(watched: World) -> None:
    watched.dns.no_zone = NoSuchZone("com")
    watched.watch_for(7 * HOUR)
    assert state(watched) is State.AT_RISK
    assert [p["code"] for p in watched.mailer.sent[0].zone_problems] == ["domain_not_delegated"]


def test_a_moved_zone_without_its_records_is_warned_of_as_a_move(watched: World) -> None:
    lose_records(watched)
    watched.dns.names = ("ns1.elsewhere.example", "ns2.elsewhere.example")
    watched.watch_for(7 * HOUR)
    assert watched.mailed() == ["dns_moved"]
    assert state(watched) is State.AT_RISK
    (comment,) = watched.comments()
    assert "ns1.elsewhere.example" in comment
    watched.watch_for(16 * HOUR)
    assert watched.mailed() == ["dns_moved", "lost"]


def test_the_same_move_a_second_time_is_told_again(watched: World) -> None:
    home, records = watched.dns.names, dict(watched.dns.published)
    for _ in range(2):
        watched.dns.names = ("ns1.elsewhere.example", "ns2.elsewhere.example")
        lose_records(watched)
        watched.watch_for(7 * HOUR)
        assert state(watched) is State.AT_RISK
        watched.dns.names, watched.dns.published = home, dict(records)
        watched.watch_for(2 * DAY)
        assert state(watched) is State.VERIFIED
    assert watched.mailed() == ["dns_moved", "recovered"] * 2
    assert watched.happened().count("dns_moved") == 4, "there, back, and again"


def test_a_zone_that_moved_with_its_records_is_only_noted(watched: World) -> None:
    watched.dns.names = ("ns1.elsewhere.example", "ns2.elsewhere.example")
    watched.watch_for(2 * DAY)
    assert watched.mailed() == []
    assert watched.comments() == []
    assert watched.happened().count("dns_moved") == 1
    assert state(watched) is State.VERIFIED


def test_a_move_that_is_seen_during_an_outage_is_judged_after_it(watched: World) -> None:
    watched.dns.names = ("ns1.elsewhere.example", "ns2.elsewhere.example")
    watched.dns.failure = Failure.TIMEOUT
    watched.watch_for(DAY)
    assert watched.mailed() == []
    watched.dns.failure = None
    lose_records(watched)
    watched.watch_for(7 * HOUR)
    assert watched.mailed() == ["dns_moved"]


def ses_says(world: World, status: str, **changes: Any) -> None:
    """SES's list shows a change, and the identity what it is."""
    world.identities.change(DOMAIN, **changes)
    world.store.hasten(DOMAIN, status, world.clock.now())


def test_a_temporary_failure_at_ses_is_waited_for(watched: World) -> None:
    failing = IdentityStatus.TEMPORARY_FAILURE
    ses_says(watched, "TEMPORARY_FAILURE", dkim_status=failing)
    watched.watch_for(2 * DAY)
    assert state(watched) is State.VERIFIED
    assert watched.mailed() == []
    assert not watch(watched).ses_changed


def test_when_ses_gives_up_the_domain_is_lost_and_its_search_is_started_again(
    watched: World,
) -> None:
    failed = IdentityStatus.FAILED
    ses_says(watched, "FAILED", dkim_status=failed, verified_for_sending=False)
    watched.watch_for(timedelta(minutes=1))
    assert state(watched) is State.LOST
    assert watched.mailed() == ["lost"]
    assert ("restart_dkim", DOMAIN) in watched.identities.calls
    watched.ses_sees_it()
    watched.watch_for(HOUR)
    assert state(watched) is State.VERIFIED
    assert watched.mailed() == ["lost", "recovered"]


def test_a_mail_from_that_ses_gave_up_is_set_again_once_its_records_are_back(world: World) -> None:
    world.waiting(a_request_with_mail_from())
    world.publish_everything()
    world.ses_sees_it()
    world.identities.change(DOMAIN, mail_from_status=IdentityStatus.SUCCESS)
    world.mark_verified()
    world.watch_for(HOUR)
    lose_records(world)
    world.identities.change(DOMAIN, mail_from_status=IdentityStatus.FAILED)
    world.watch_for(3 * DAY)
    assert state(world) is State.LOST
    world.publish_everything()
    world.watch_for(7 * HOUR)
    assert world.identities.calls.count(("set_mail_from", DOMAIN)) == 2
    world.identities.change(DOMAIN, mail_from_status=IdentityStatus.SUCCESS)
    world.watch_for(7 * HOUR)
    assert state(world) is State.VERIFIED


def test_who_answers_follows_what_ses_sends_by(world: World) -> None:
    world.waiting(a_request_with_mail_from())
    world.publish_everything()
    world.ses_sees_it()
    world.ses_uses_the_mail_from()
    world.check()
    world.mark_verified()
    lose_records(world)
    world.watch_for(7 * HOUR)
    assert [p.until for p in world.domain().responsibility] == [None], "SES has not looked yet"
    world.identities.change(DOMAIN, mail_from_status=IdentityStatus.FAILED)
    world.watch_for(7 * HOUR)
    first, second = world.domain().responsibility
    assert (first.until is not None, second.since, second.until) == (True, None, None)
    asked = world.identities.calls.count(("get", DOMAIN))
    world.watch_for(3 * DAY)
    assert world.identities.calls.count(("get", DOMAIN)) == asked, (
        "there is nothing to ask any more"
    )
    world.publish_everything()
    world.ses_uses_the_mail_from()
    world.watch_for(7 * HOUR)
    assert state(world) is State.VERIFIED
    [_, again] = world.domain().responsibility
    assert (again.since is not None, again.until) == (True, None)
    whats = world.happened()
    assert [what for what in whats if what.startswith("mail_from")] == [
        "mail_from_set", "mail_from_in_use", "mail_from_not_in_use", "mail_from_in_use",
    ]  # fmt: skip


def test_a_busy_ses_holds_nothing_up_where_records_are_gone(world: World) -> None:
    world.waiting(a_request_with_mail_from())
    world.publish_everything()
    world.ses_sees_it()
    world.ses_uses_the_mail_from()
    world.check()
    world.mark_verified()
    lose_records(world)
    world.identities.failures = [SesBusy("slow down")]
    world.watch_for(7 * HOUR)
    assert state(world) is State.AT_RISK


def test_an_identity_that_was_deleted_by_hand_is_the_operators_and_told_once(
    watched: World,
) -> None:
    identities = dict(watched.identities.identities)
    watched.identities.identities.clear()
    for _ in range(2):
        watched.store.hasten(DOMAIN, "gone", watched.clock.now())
        watched.watch_for(HOUR)
    assert watched.happened().count("identity_missing") == 1
    assert state(watched) is State.AT_RISK, "SES does not say that it is verified"
    assert watched.mailed() == []
    (comment,) = watched.comments()
    assert "Amazon SES does not hold the domain any more" in comment
    watched.identities.identities |= identities
    watched.watch_for(HOUR)
    assert state(watched) is State.VERIFIED
    assert watched.mailed() == []
    assert watched.comments()[-1].startswith(f"{DOMAIN} is verified again: Amazon SES holds it")


def test_records_that_go_while_ses_does_not_hold_the_domain_are_the_owners(
    watched: World,
) -> None:
    watched.identities.identities.clear()
    watched.store.hasten(DOMAIN, "gone", watched.clock.now())
    watched.watch_for(HOUR)
    lose_records(watched)
    watched.watch_for(DAY)
    assert state(watched) is State.LOST
    assert watched.mailed() == ["lost"]


def test_a_busy_ses_is_asked_again_within_minutes(watched: World) -> None:
    ses_says(watched, "FAILED", dkim_status=IdentityStatus.FAILED)
    watched.identities.failures = [SesBusy("slow down")]
    watched.watch_for(timedelta(minutes=1))
    assert state(watched) is State.VERIFIED
    watched.watch_for(timedelta(minutes=20))
    assert state(watched) is State.LOST


def test_a_check_that_comes_twice_is_done_once(watched: World) -> None:
    lose_records(watched)
    watched.clock.advance(6 * HOUR)
    assert watched.poll() == 1
    again = list(watched.queue.sent)
    watched.check_due()
    effects, looks = watched.effects(), watched.dns.observed
    watched.queue.sent += again
    assert watched.check_due() == {}
    assert watched.effects() == effects
    assert watched.dns.observed == looks


def test_whatever_dies_on_the_way_is_done_again_and_told_once(watched: World) -> None:
    lose_records(watched)
    watched.clock.advance(6 * HOUR)
    watched.poll()
    due = list(watched.queue.sent)
    save = watched.store.save_watch
    watched.store.save_watch = _die  # type: ignore[method-assign, assignment]
    with pytest.raises(TimeoutError):
        watched.check_due()
    watched.store.save_watch = save  # type: ignore[method-assign]
    watched.queue.sent += due
    assert watched.check_due() == {}
    assert watched.mailed() == ["at_risk"]
    assert state(watched) is State.AT_RISK


def _die(*_: Any) -> bool:
    raise TimeoutError


def test_a_mail_that_was_not_sent_is_sent_with_the_next_check(watched: World) -> None:
    lose_records(watched)
    watched.clock.advance(6 * HOUR)
    watched.poll()
    due = list(watched.queue.sent)
    watched.mailer.failures = [TimeoutError()]
    with pytest.raises(TimeoutError):
        watched.check_due()
    watched.queue.sent += due
    assert watched.check_due() == {}
    # Nobody knows whether it is out: it is not sent again, and the operator is alarmed.
    assert watched.mailed() == []
    assert "mail_unresolved" in watched.happened()


def test_one_domain_that_fails_does_not_hold_up_the_others(world: World) -> None:
    world.verified()
    world.verified(a_request(domain="shop.example.com"), "req_2")
    world.watch_for(HOUR)
    lose_records(world)
    world.clock.advance(6 * HOUR)
    assert world.poll() == 2
    world.mailer.failures = [TimeoutError()]
    failed = world.check_due()
    assert len(failed) == 1
    states = {world.domain(name).state for name in (DOMAIN, "shop.example.com")}
    assert states == {State.AT_RISK}


def test_one_domain_that_cannot_be_judged_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.verified()
    world.verified(a_request(domain="shop.example.com"), "req_2")
    world.watch_for(HOUR)
    lose_records(world)
    world.clock.advance(6 * HOUR)
    assert world.poll() == 2

    def refuse(domain: str, *rest: Any) -> Report:
        if domain == DOMAIN:
            raise ValueError("a text that nobody has thought of")
        return diagnose(domain, *rest)

    monkeypatch.setattr(check_domains, "diagnose", refuse)
    failed = world.check_due()
    assert [due.domain for due in failed] == [DOMAIN]
    assert world.domain().state is State.VERIFIED
    assert world.domain("shop.example.com").state is State.AT_RISK


def test_a_domain_that_was_given_up_is_watched_no_more(watched: World) -> None:
    watched.offboard()
    watched.watch_for(2 * DAY)
    assert watched.store.stored_watches == {}


def test_a_domain_that_is_verified_again_is_watched_again(watched: World) -> None:
    watched.offboard()
    watched.watch_for(2 * DAY)
    watched.verified(a_request(), "req_2")
    assert watch(watched).next_check_at == watched.domain().since
