"""The operator's daily summary."""

from datetime import timedelta

from onboarding.domain.summary import Comparison
from onboarding.ports import Identity, IdentityStatus, SesBusy
from tests.support.values import a_request
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
    assert summary.comparison == Comparison(("stranger.example",), (DOMAIN,), 1)
    text = summary.text
    assert "SES holds domains that the table does not know: stranger.example" in text
    assert f"SES does not hold domains that the table knows: {DOMAIN}" in text
    assert "SES holds 1 addresses that the table does not know" in text
    assert "a@b.example" not in text, "no address leaves the table"
    assert "Bounces" not in text, "what is not counted is not told"


def test_an_ended_request_leaves_its_identity_and_is_no_stranger(world: World) -> None:
    world.waiting()
    world.expire()
    assert world.report_summary().comparison == Comparison()


def test_a_busy_ses_is_not_compared_and_the_rest_is_told(world: World) -> None:
    world.verified()
    world.identities.failures = [SesBusy("slow down")]
    summary = world.report_summary()
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
