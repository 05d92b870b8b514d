"""The operator's daily summary."""

from datetime import datetime, timedelta

import pytest

from onboarding.adapters.memory_feedback import MemoryFlags
from onboarding.domain.feedback import Flag
from onboarding.domain.feedback_event import FeedbackKind
from onboarding.domain.identity import Identity, IdentityStatus, ListedIdentity
from onboarding.domain.page_links import masked
from onboarding.domain.responsibility import Responsible
from onboarding.domain.summary import Comparison
from onboarding.port_errors import SesBusy
from onboarding.usecases.report_summary import recent_flags
from tests.support.address_world import ADDRESS, AddressWorld
from tests.support.values import ACME, NOW, a_request
from tests.support.world import DOMAIN, World

DAY = timedelta(days=1)


def held(name: str) -> Identity:
    return Identity(name, (), "", IdentityStatus.SUCCESS, verified_for_sending=True)


def test_everything_is_counted_and_told(world: World) -> None:
    world.verified()
    world.verified(a_request(domain="gone.example"), "req_2")
    world.watch_for(timedelta(hours=1))
    for domain, request_id, age in (("new.example", "req_3", 0), ("old.example", "req_4", 4)):
        world.clock.advance(-age * DAY)
        world.waiting(a_request(domain=domain), request_id)
        world.clock.advance(age * DAY)
    gone = world.domain("gone.example").records
    for record in gone:
        world.dns.published.pop((record.name, record.type), None)
    world.watch_for(timedelta(hours=7))
    summary = world.report_summary(flags=lambda since: 3)
    assert (summary.verified, summary.at_risk, summary.lost) == (1, ("gone.example",), ())
    assert summary.waiting == (1, 0, 1, 0)
    assert summary.comparison == Comparison()
    assert summary.dollars > 0
    ((subject, text),) = world.operator.told
    assert subject == "XES domains: 1 verified, 1 at risk, 0 lost, 2 waiting"
    for line in (
        "Verified               1",
        "At risk                1: gone.example",
        "Waiting for records    2: 1 under a day, 1 3 to 7 days",
        "Bounces, complaints    3 since yesterday",
        "SES and the table agree on what there is.",
    ):
        assert line in text.splitlines()


def test_what_ses_and_the_table_disagree_about_is_named(world: World) -> None:
    world.verified()
    del world.identities.identities[DOMAIN]
    for name in ("stranger.example", "xes.example", "onboarding@xes.example", "a@b.example"):
        world.identities.identities[name] = held(name)
    summary = world.report_summary()
    assert summary.comparison == Comparison(("stranger.example",), (DOMAIN,), ("a***@b.example",))
    text = summary.text
    assert "SES holds domains that the table does not know (1): stranger.example" in text
    assert f"SES does not hold domains that the table knows (1): {DOMAIN}" in text
    assert "SES holds addresses that the table does not know (1): a***@b.example" in text
    assert "a@b.example" not in text, "no address leaves the table"


@pytest.fixture
def addresses() -> AddressWorld:
    return AddressWorld()


def test_an_address_that_ses_does_not_hold_is_named_once_its_link_was_sent(
    addresses: AddressWorld,
) -> None:
    addresses.claimed()
    assert addresses.report_summary().comparison == Comparison()
    addresses.create_identity()
    assert addresses.report_summary().comparison == Comparison(
        addresses_unknown_to_ses=(masked(ADDRESS),)
    )


def test_flags_are_those_of_the_last_day_and_one_too_many_to_count_is_said(world: World) -> None:
    asked = []

    def count(since: datetime) -> None:
        asked.append(since)

    summary = world.report_summary(flags=count)
    assert asked == [world.clock.now() - DAY]
    assert "Bounces, complaints    not counted since yesterday" in summary.text


def test_flags_are_counted_from_the_moment_not_from_the_day() -> None:
    flags = MemoryFlags()
    since = NOW - DAY
    for number, at in enumerate((since - timedelta(seconds=1), since, NOW)):
        flag = Flag(
            at, "acme", "org-acme", DOMAIN, FeedbackKind.BOUNCE, "Permanent", "General",
            Responsible.PROVIDER, f"f{number}", "hash", "example.net",
        )  # fmt: skip
        flags.record([flag], NOW)
    assert recent_flags(flags, since, lambda: True) == 2
    assert recent_flags(flags, since, lambda: False) is None


def test_a_busy_ses_is_waited_for_and_its_list_goes_on_where_it_was(world: World) -> None:
    world.verified()
    world.identities.create("a.example", ACME)
    world.identities.page_size = 1
    page, busy = world.identities.page, [False, True, True]

    def page_or_busy(token: str | None) -> tuple[list[ListedIdentity], str | None]:
        if busy and busy.pop(0):
            raise SesBusy("slow down")
        return page(token)

    world.identities.page = page_or_busy  # type: ignore[method-assign]
    world.identities.calls.clear()
    comparison = world.report_summary().comparison
    assert comparison == Comparison(unknown_to_table=("a.example",))
    assert world.identities.calls == [("list", ""), ("list", "a.example")]


def test_only_domains_without_a_watch_are_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.verified()
    written: list[str] = []
    monkeypatch.setattr(world.store, "begin_watch", lambda domain, at: written.append(domain))
    world.report_summary()
    assert written == []
    world.store.stored_watches.clear()
    world.report_summary()
    assert written == [DOMAIN]


def test_an_ended_request_leaves_its_identity_and_is_no_stranger(world: World) -> None:
    world.waiting()
    world.expire()
    assert world.report_summary().comparison == Comparison()


def test_a_busy_ses_is_not_compared_and_the_rest_is_told(world: World) -> None:
    world.verified()
    world.identities.failures = [SesBusy("slow down")] * 3
    summary = world.report_summary(asks=3)
    assert summary.comparison is None
    assert "too busy" in summary.text
    assert summary.verified == 1


def test_a_verified_domain_without_a_watch_gets_one(world: World) -> None:
    world.verified()
    world.store.stored_watches.clear()
    world.report_summary()
    assert list(world.store.stored_watches) == [DOMAIN]


def test_many_names_are_cut_short(world: World) -> None:
    for number in range(25):
        world.identities.identities[f"s{number:02}.example"] = held("x")
    assert "s19.example and 5 more" in world.report_summary().text
