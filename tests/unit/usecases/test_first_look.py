"""Looking at DNS before the records are mailed: a hint, on which nothing depends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from onboarding.domain.observation import Bogus, Failure, NoSuchZone, Observation
from onboarding.domain.records import Record
from onboarding.domain.request import DmarcDisposition, DmarcPolicy
from onboarding.usecases.first_look import FirstLook, first_look
from tests.support.values import a_request
from tests.support.world import FakeDns, World

ELSEWHERE = DmarcPolicy(DmarcDisposition.NONE, None, "dmarc@reports.example.org")
PERMISSION = "news.example.com._report._dmarc.reports.example.org"


def look(world: World, asked: DmarcPolicy | None = None) -> FirstLook:
    return first_look(world.domain(), asked, dns=world.dns, clock=world.clock)


def test_what_is_there_already_is_known_to_the_letter(world: World) -> None:
    world.created()
    world.dns.publish(world.domain().records[0])
    world.send_records()
    [letter] = world.mailer.sent
    assert letter.report is not None
    assert [r["status"] for r in letter.report["records"]] == ["found", *["missing"] * 3]
    assert letter.report["zone"]["cut"] == "example.com"


@dataclass
class BrokenDns(FakeDns):
    """One that breaks its promise never to raise."""

    error: Exception = field(default_factory=lambda: OSError("no sockets left"))

    def observe(self, domain: str, expected: Sequence[Record]) -> Observation:
        raise self.error


@pytest.mark.parametrize(
    "trouble",
    [
        lambda world: setattr(world, "dns", BrokenDns()),
        lambda world: setattr(world.dns, "no_zone", NoSuchZone("com")),
        lambda world: setattr(world.dns, "no_zone", Bogus()),
        lambda world: setattr(world.dns, "failure", Failure.TIMEOUT),
        lambda world: setattr(world.dns, "failure", Failure.SERVFAIL),
    ],
)
def test_whatever_the_dns_does_the_records_are_mailed(
    world: World, trouble: Callable[[World], None]
) -> None:
    world.created()
    trouble(world)
    assert world.send_records() == {"wait_seconds": 60}
    [letter] = world.mailer.sent
    assert letter.records == world.domain().records
    if letter.report is not None:
        assert {r["status"] for r in letter.report["records"]} == {"unknown"}


def test_a_zone_that_is_not_found_leaves_the_letter_in_neutral_words(world: World) -> None:
    world.created()
    world.dns.no_zone = NoSuchZone("com")
    assert look(world).report is None


def test_a_policy_asked_for_is_explained_and_none_is_not(world: World) -> None:
    world.created()
    assert look(world).advice is None
    advice = look(world, DmarcPolicy()).advice
    assert advice is not None
    assert advice.stages[0].text == "v=DMARC1; p=none"


def test_reports_to_others_need_their_permission(world: World) -> None:
    world.created()
    assert look(world, ELSEWHERE).unauthorised == (PERMISSION,)
    world.dns.published[PERMISSION, "TXT"] = ["v=DMARC1"]
    assert look(world, ELSEWHERE).unauthorised == ()


def test_where_nobody_knows_whether_there_is_a_permission_nothing_is_said(world: World) -> None:
    world.created()
    world.dns.failure = Failure.TIMEOUT
    assert look(world, ELSEWHERE).unauthorised == ()
    world.dns = BrokenDns()
    assert look(world, ELSEWHERE).unauthorised == ()


def test_a_domain_that_is_not_there_permits_nothing(world: World) -> None:
    world.created()
    world.dns.no_zone = NoSuchZone("org")
    assert look(world, ELSEWHERE).unauthorised == (PERMISSION,)


def test_reports_to_oneself_need_none(world: World) -> None:
    world.created()
    looked = world.dns.observed
    own = DmarcPolicy(DmarcDisposition.NONE, None, "dmarc@example.com")
    assert look(world, own).unauthorised == ()
    assert world.dns.observed == looked + 1


def test_the_letter_that_is_sent_has_both(world: World) -> None:
    world.created(a_request(dmarc=ELSEWHERE))
    world.send_records()
    [letter] = world.mailer.sent
    assert letter.unauthorised == (PERMISSION,)
    assert letter.dmarc is not None
