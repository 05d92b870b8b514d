"""A customer's look: at once, now and then, and safe beside the workflow's own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from onboarding.adapters.memory import MemoryClock
from onboarding.adapters.memory_pages import MemoryPages
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.lifecycle import TROUBLED, State
from onboarding.domain.page_links import customer_link
from onboarding.domain.schedule import Reminder
from onboarding.domain.tokens import token_hash
from onboarding.port_errors import MailRefused
from onboarding.usecases.check_now import LOOK_INTERVAL, Checked, check_now
from tests.support.values import a_request_with_mail_from
from tests.support.world import DOMAIN, World

TOKEN = "a" * 64


class Customer:
    """Somebody who holds a link to the page of ``DOMAIN``."""

    def __init__(self, world: World) -> None:
        self.world, self.pages, self.real_clock = world, MemoryPages(), MemoryClock()
        link = customer_link(DOMAIN, "req_1", self.real_clock.now())
        self.pages.put_page_link(token_hash(TOKEN), link)
        world.dns.observed = 0

    def check(self, token: str = TOKEN) -> Checked | None:
        return check_now(
            token,
            pages=self.pages,
            store=self.world.store,
            watches=self.world.store,
            dns=self.world.dns,
            identities=self.world.identities,
            mailer=self.world.mailer,
            clock=self.world.clock,
            real_clock=self.real_clock,
            random=self.world.dice,
        )

    def looked(self) -> bool:
        checked = self.check()
        assert checked is not None
        assert checked.fault is None
        return checked.looked


@pytest.fixture
def customer(world: World) -> Customer:
    world.waiting()
    return Customer(world)


def all_right(world: World) -> None:
    world.publish_everything()
    world.ses_sees_it()


def test_a_mistake_is_seen_at_once_and_left_for_the_workflow_to_mail(customer: Customer) -> None:
    world = customer.world
    world.dns.publish(*world.domain().records[:2])
    assert customer.looked()
    report = world.domain().report
    assert report is not None
    assert [r["status"] for r in report["records"]] == ["found", "found", "missing", "missing"]
    assert world.domain().state is State.AWAITING_DNS
    assert world.mailed() == ["records"]


def test_when_all_is_right_the_domain_moves_on_and_everybody_is_told_once(
    customer: Customer,
) -> None:
    world = customer.world
    all_right(world)
    assert customer.looked()
    assert world.domain().state is State.VERIFIED
    assert world.store.requests["req_1"].outcome is State.VERIFIED
    assert world.mailed() == ["records", "verified"]
    assert not customer.looked()
    assert world.mailed() == ["records", "verified"]


def test_ses_has_the_last_word(customer: Customer) -> None:
    customer.world.publish_everything()
    assert customer.looked()
    assert customer.world.domain().state is State.AWAITING_DNS


def test_records_that_went_missing_are_looked_for_by_the_watch_within_two_minutes(
    world: World,
) -> None:
    world.verified()
    world.watch_for(timedelta(hours=1))
    customer = Customer(world)
    world.dns.published.clear()
    world.watch_for(timedelta(days=3))
    assert world.domain().state is State.LOST
    world.publish_everything()
    checked = customer.check()
    assert checked is not None
    assert (checked.called, checked.looked, checked.fault) == (True, False, None)
    world.watch_for(timedelta(minutes=2))
    assert world.domain().state is State.VERIFIED
    assert world.mailed()[-1] == "recovered"


def test_of_a_domain_in_trouble_one_look_is_called_for_at_a_time(world: World) -> None:
    world.verified()
    customer = Customer(world)
    world.dns.published.clear()
    world.watch_for(timedelta(days=1))
    assert world.domain().state in TROUBLED
    asked = [customer.check() for _ in range(3)]
    assert [checked.called for checked in asked if checked] == [True, False, False]


def test_a_second_look_comes_after_fifteen_seconds(customer: Customer) -> None:
    clock, dns = customer.world.clock, customer.world.dns
    assert customer.looked()
    clock.advance(LOOK_INTERVAL - timedelta(milliseconds=1))
    assert not customer.looked()
    assert dns.observed == 1
    clock.advance(timedelta(milliseconds=1))
    assert customer.looked()
    assert dns.observed == 2


def test_many_who_ask_at_once_cost_one_look(customer: Customer) -> None:
    all_right(customer.world)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(customer.looked) for _ in range(40)]
    assert [each.result() for each in asked].count(True) == 1
    assert customer.world.dns.observed == 1
    assert customer.world.mailed() == ["records", "verified"]


def test_a_search_that_ses_gave_up_is_started_again_without_waiting(world: World) -> None:
    world.waiting(a_request_with_mail_from())
    customer = Customer(world)
    world.publish_everything()
    world.identities.change(
        DOMAIN, dkim_status=IdentityStatus.FAILED, mail_from_status=IdentityStatus.FAILED
    )
    assert customer.looked()
    assert ("restart_dkim", DOMAIN) in world.identities.calls
    assert "search_restarted" in world.happened()
    assert world.mailed() == ["records"]


def test_a_dead_link_looks_at_nothing(customer: Customer) -> None:
    assert customer.check("b" * 64) is None
    assert customer.world.dns.observed == 0
    assert customer.pages.looked == {}


def test_before_the_records_are_out_there_is_nothing_to_look_at(world: World) -> None:
    world.created()
    customer = Customer(world)
    assert not customer.looked()
    assert world.dns.observed == 0


def test_a_fault_is_no_answer_and_leaves_the_rest_to_the_workflow(customer: Customer) -> None:
    world = customer.world
    all_right(world)
    world.mailer.failures = [MailRefused("slow down")]
    checked = customer.check()
    assert checked is not None
    assert isinstance(checked.fault, MailRefused)
    assert world.domain().state is State.VERIFIED
    assert world.check()["action"] == "verified"
    world.mark_verified()
    assert world.mailed() == ["records", "verified"]


LATE: dict[str, Callable[[World], object]] = {
    "check": lambda world: world.check(),
    "correct": lambda world: world.correct(),
    "remind": lambda world: world.remind(Reminder.LAST_NOTICE),
    "restart": lambda world: world.restart(),
    "send": lambda world: world.send_records(),
    "verified": lambda world: world.mark_verified(),
    "expire": lambda world: world.expire(),
    "fail": lambda world: world.fail(),
}
"""What the workflow may be about to do when it wakes up."""


@pytest.mark.parametrize("step", LATE)
@pytest.mark.parametrize("gone", [False, True], ids=["records there", "records gone"])
def test_whatever_the_workflow_does_when_it_wakes_changes_nothing(
    customer: Customer, step: str, gone: bool
) -> None:
    world = customer.world
    all_right(world)
    assert customer.looked()
    if gone:
        world.dns.published.clear()
        world.identities.change(DOMAIN, dkim_status=IdentityStatus.FAILED)
    world.clock.advance(timedelta(hours=6))
    before = world.effects()
    LATE[step](world)
    assert world.effects() == before


def test_the_workflow_ends_at_its_next_look(customer: Customer) -> None:
    all_right(customer.world)
    assert customer.looked()
    customer.world.dns.published.clear()
    assert customer.world.check() == {
        "action": "verified",
        "reason": "The domain was verified before this look.",
        "wait_seconds": 0,
        "reminder": None,
        "verdict": "ready",
    }


@pytest.mark.parametrize("state", [State.AT_RISK, State.LOST])
def test_a_late_workflow_cures_no_domain_that_was_lost_since(
    customer: Customer, state: State
) -> None:
    world = customer.world
    all_right(world)
    assert customer.looked()
    found = world.domain().become(State.AT_RISK, world.clock.now())
    if state is State.LOST:
        found = found.become(State.LOST, world.clock.now())
    world.store.stored_domains[DOMAIN] = found
    assert world.check()["action"] == "verified"
    world.mark_verified()
    assert world.domain().state is state
