"""Weighing: rates of a window, one warning for each crossing, and none for what is not tracked."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from onboarding.adapters.memory import MemoryClock, MemoryMailer
from onboarding.adapters.memory_feedback import MemoryFeedbackWatches, MemoryFlags, MemoryVolumes
from onboarding.adapters.memory_services import MemoryServices
from onboarding.adapters.memory_tenancy import MemoryTenancy
from onboarding.domain.approval import ApprovalKind, ApprovalStatus
from onboarding.domain.feedback_event import FeedbackKind
from onboarding.domain.feedback_rates import Thresholds
from onboarding.domain.lifecycle import State
from onboarding.domain.ownership import Family
from onboarding.domain.provisioning import Provisioned
from onboarding.domain.responsibility import Period, Responsible
from onboarding.port_errors import MailRefused, SesBusy
from onboarding.usecases.decide_approval import decide_approval
from onboarding.usecases.weigh_feedback import weigh_feedback
from tests.contract.test_feedback import a_flag
from tests.support.values import ACME, NOW, a_domain
from tests.support.world import MemoryWorkflows

DOMAIN = "news.example.com"
DAY = timedelta(days=1)


@dataclass
class Watched:
    """acme's news.example.com, of which 1,000 e-mails went out in the window."""

    store: MemoryServices = field(default_factory=MemoryServices)
    flags: MemoryFlags = field(default_factory=MemoryFlags)
    watches: MemoryFeedbackWatches = field(default_factory=MemoryFeedbackWatches)
    volumes: MemoryVolumes = field(default_factory=lambda: MemoryVolumes({DOMAIN: 1000}))
    mailer: MemoryMailer = field(default_factory=MemoryMailer)
    tenancy: MemoryTenancy = field(default_factory=MemoryTenancy)
    clock: MemoryClock = field(default_factory=MemoryClock)
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        self.store.put_account(ACME)
        self.add(DOMAIN)

    def add(self, name: str, **changes: Any) -> None:
        domain = a_domain(domain=name, state=State.VERIFIED, request_id=f"req-{name}", **changes)
        self.store.claim(domain, Family(None, (), {}), ())

    def come(self, count: int, *, first: int = 0, **changes: Any) -> None:
        at = self.clock.now()
        made = [a_flag(number, at=at, **changes) for number in range(first, first + count)]
        self.flags.record(made, at)

    def weigh(self) -> dict[str, int]:
        return weigh_feedback(
            flags=self.flags,
            watches=self.watches,
            volumes=self.volumes,
            tenancy=self.tenancy,
            store=self.store,
            mailer=self.mailer,
            thresholds=self.thresholds,
            clock=self.clock,
        )

    def texts(self) -> list[str]:
        return [note for letter in self.mailer.sent for note in letter.notes]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_below_the_threshold_nobody_is_warned(watched: Watched) -> None:
    watched.come(49)
    assert watched.weigh() == {"weighed": 1}
    assert watched.mailer.sent == []
    assert watched.weigh() == {}, "what was weighed is done with"


def test_a_crossing_is_told_once_to_the_contact_the_ticket_and_the_timeline(
    watched: Watched,
) -> None:
    watched.come(50)
    watched.weigh()
    watched.come(20, first=50)
    watched.weigh()
    expected = (
        "In the last 7 days 50 of 1000 e-mails from news.example.com could not be delivered (5 %). "
        "From 5 % on Amazon looks into it; from 10 % it may stop it."
    )
    assert watched.texts() == [expected]
    [letter] = watched.mailer.sent
    assert (letter.recipient, letter.kind) == ("dns@example.com", "feedback_warning")
    assert [e.why for e in watched.store.entries[DOMAIN] if e.what == "feedback_warning"] == [
        expected
    ]
    [comment] = watched.store.comments.values()
    assert comment.startswith(expected)


def test_a_second_threshold_is_a_crossing_of_its_own(watched: Watched) -> None:
    watched.come(50)
    watched.weigh()
    watched.come(50, first=50)
    watched.weigh()
    assert len(watched.texts()) == 2
    assert "From 10 % on Amazon may stop the sending." in watched.texts()[1]


def test_complaints_have_thresholds_of_their_own_and_count_each_once(watched: Watched) -> None:
    possible = [
        a_flag(1, kind=FeedbackKind.COMPLAINT, type="abuse", recipient_hash=f"{n:064}")
        for n in range(30)
    ]
    watched.flags.record(possible, NOW)
    watched.weigh()
    [text] = watched.texts()
    assert text.startswith("In the last 7 days 1 of 1000 e-mails")
    assert "led to a complaint (0.1 %)" in text


def test_what_fell_and_rises_again_is_told_again(watched: Watched) -> None:
    watched.come(50)
    watched.weigh()
    watched.clock.advance(9 * DAY)
    watched.come(50, first=100)
    watched.weigh()
    assert len(watched.texts()) == 2


def test_flags_that_count_towards_nothing_warn_nobody(watched: Watched) -> None:
    watched.come(500, subtype="OnAccountSuppressionList")
    watched.come(500, first=500, type="Transient", subtype="MailboxFull")
    watched.weigh()
    assert watched.texts() == []


def test_a_few_e_mails_say_nothing(watched: Watched) -> None:
    watched.volumes.by_identity = {DOMAIN: 199}
    watched.come(30)
    watched.weigh()
    assert watched.texts() == []


def test_where_ses_keeps_no_metrics_the_number_decides(watched: Watched) -> None:
    watched.volumes.by_identity = None
    watched.come(49)
    watched.weigh()
    assert watched.texts() == []
    watched.come(1, first=49)
    watched.weigh()
    [text] = watched.texts()
    assert text.startswith("In the last 7 days 50 e-mails from news.example.com could not be")


def test_two_domains_that_are_fine_may_be_too_much_together(watched: Watched) -> None:
    watched.add("shop.example.com")
    watched.volumes.by_identity = {DOMAIN: 900, "shop.example.com": 100}
    watched.come(40)
    watched.come(12, first=40, domain="shop.example.com")
    watched.weigh()
    told = sorted(text.partition(" could")[0] for text in watched.texts())
    assert told == [
        "In the last 7 days 52 of 1000 e-mails from account acme",
    ]


def test_of_what_the_customer_signed_for_there_are_no_rates_and_a_number_is_told_to_the_customer(
    watched: Watched,
) -> None:
    signed = (Period("acme", "RD-1", NOW - 9 * DAY),)
    watched.add("own.example.net", responsibility=signed)
    watched.come(49, domain="own.example.net", responsible=Responsible.CUSTOMER)
    watched.weigh()
    assert watched.texts() == []
    watched.come(1, first=49, domain="own.example.net", responsible=Responsible.CUSTOMER)
    watched.weigh()
    [text] = watched.texts()
    assert text == (
        "In the last 7 days 50 e-mails from own.example.net could not be delivered. By the "
        "responsibility document these are the customer's to look after."
    )
    assert "own.example.net" not in watched.volumes.names


def test_a_wider_scope_is_silent_only_where_the_narrower_one_has_said_it(watched: Watched) -> None:
    watched.add("shop.example.com")
    watched.volumes.by_identity = {DOMAIN: 150, "shop.example.com": 150}
    watched.come(30)
    watched.weigh()
    [text] = watched.texts()
    assert text.startswith("In the last 7 days 30 of 300 e-mails from account acme could not be")


def test_of_a_domain_at_a_lower_level_the_account_is_told_as_well(watched: Watched) -> None:
    watched.add("shop.example.com")
    watched.volumes.by_identity = {DOMAIN: 1000, "shop.example.com": 100}
    watched.come(95)
    watched.come(15, first=95, domain="shop.example.com")
    watched.weigh()
    assert sorted(text.partition(" could")[0] for text in watched.texts()) == [
        "In the last 7 days 110 of 1100 e-mails from account acme",
        "In the last 7 days 95 of 1000 e-mails from news.example.com",
    ]


@pytest.mark.parametrize(("days", "told"), [(6, True), (7, False)])
def test_the_window_is_seven_days_today_included(watched: Watched, days: int, told: bool) -> None:
    watched.come(50)
    [touched] = watched.flags.touched()
    watched.clock.advance(days * DAY)
    watched.weigh()
    assert bool(watched.texts()) is told
    if told:
        today = watched.clock.now().date()
        assert {(since, until) for _, since, until in watched.volumes.asked} == {
            (touched.day, today)
        }


def test_a_domain_that_was_signed_for_meanwhile_is_in_no_rate_of_others(watched: Watched) -> None:
    watched.add("own.example.net", responsibility=(Period("acme", "RD-1", NOW - 9 * DAY),))
    watched.come(60, domain="own.example.net")  # bounced late, of mail from before
    watched.weigh()
    [text] = watched.texts()
    assert text.startswith("In the last 7 days 60 e-mails from own.example.net could not be")


def test_of_a_domain_that_was_signed_for_in_the_window_the_days_before_are_asked_for(
    watched: Watched,
) -> None:
    watched.add("own.example.net", responsibility=(Period("acme", "RD-1", NOW - 2 * DAY),))
    watched.volumes.by_identity = {DOMAIN: 300, "own.example.net": 700}
    watched.come(55, domain="own.example.net")
    watched.weigh()
    today = NOW.date()
    assert sorted(watched.volumes.asked) == [
        ([DOMAIN], today - 6 * DAY, today),
        (["own.example.net"], today - 6 * DAY, today - 3 * DAY),
    ]
    assert [text.partition(" could")[0] for text in watched.texts()] == [
        "In the last 7 days 55 of 700 e-mails from own.example.net"
    ]


def test_what_no_number_could_make_worth_a_warning_is_asked_nobody(watched: Watched) -> None:
    watched.come(9)
    assert watched.weigh() == {"weighed": 1}
    assert watched.volumes.asked == []
    watched.come(1, first=9)
    watched.weigh()
    assert watched.volumes.names == {DOMAIN}


def test_however_many_domains_each_scope_and_number_is_read_once(watched: Watched) -> None:
    many = [f"d{number}.example.com" for number in range(40)]
    for number, name in enumerate(many):
        watched.add(name)
        watched.come(12, first=100 * number, domain=name)
    watched.volumes.by_identity = dict.fromkeys(many, 1000)
    read: list[str | None] = []
    whole = watched.flags.flags

    def flags(account_id: str | None = None, *arguments: Any) -> Any:
        read.append(account_id)
        return whole(account_id, *arguments)

    watched.flags.flags = flags  # type: ignore[method-assign]
    assert watched.weigh() == {"weighed": 40}
    assert read == ["acme"]
    assert [len(names) for names, _, _ in watched.volumes.asked] == [41]
    versions = {key: watch.version for key, watch in watched.watches.kept.items()}
    assert len(versions) == 2 * 40 + 2
    assert set(versions.values()) == {1}


def test_where_ses_cannot_say_the_run_fails_and_is_repeated(watched: Watched) -> None:
    watched.add("shop.example.com")
    watched.come(60)
    watched.come(60, first=60, domain="shop.example.com")
    watched.volumes.fault = SesBusy("no metrics now")
    with pytest.raises(ExceptionGroup):
        watched.weigh()
    assert len(watched.volumes.asked) == 1, "it is busy for all of them"
    assert (watched.texts(), len(list(watched.flags.touched()))) == ([], 2)
    watched.volumes.fault = None
    watched.volumes.by_identity = {DOMAIN: 1000, "shop.example.com": 10_000}
    assert watched.weigh()["weighed"] == 2
    assert len(watched.texts()) == 1


def test_numbers_that_are_all_empty_are_unknown(watched: Watched) -> None:
    watched.volumes.by_identity = {}
    watched.come(50)
    watched.weigh()
    [text] = watched.texts()
    assert text.startswith("In the last 7 days 50 e-mails from news.example.com")


def test_what_died_on_the_way_is_told_by_the_next_run_and_nothing_twice(watched: Watched) -> None:
    watched.come(50)
    watched.mailer.failures = [MailRefused("busy")]
    with pytest.raises(ExceptionGroup):
        watched.weigh()
    assert watched.texts() == []
    watched.weigh()
    watched.weigh()
    assert len(watched.texts()) == 1


def test_what_comes_while_a_day_is_weighed_is_weighed_again(watched: Watched) -> None:
    watched.come(1)
    [listed] = watched.flags.touched()
    watched.come(60, first=1)
    assert not watched.flags.settle(listed)
    watched.weigh()
    assert len(watched.texts()) == 1


# ---------------------------------------------------------------- the pause


def pausing(watched: Watched) -> str:
    watched.thresholds = replace(watched.thresholds, pause=True)
    watched.store.save_provisioned(Provisioned("acme", tenant="acme", configuration_set="acme"))
    watched.come(100)
    watched.weigh()
    [approval] = watched.store.approvals_about("acme")
    assert (approval.kind, approval.status) == (ApprovalKind.PAUSE_SENDING, ApprovalStatus.PENDING)
    return approval.approval_id


def decide(watched: Watched, approval_id: str, status: ApprovalStatus) -> None:
    decide_approval(
        approval_id, status, "ada", None,
        store=watched.store, workflows=MemoryWorkflows(), clock=watched.clock,
    )  # fmt: skip


def test_nobody_is_paused_without_a_persons_yes(watched: Watched) -> None:
    approval_id = pausing(watched)
    watched.weigh()
    assert watched.tenancy.paused == set()
    decide(watched, approval_id, ApprovalStatus.REFUSED)
    watched.weigh()
    assert watched.tenancy.paused == set()


def test_an_approved_pause_stops_the_tenant_once(watched: Watched) -> None:
    approval_id = pausing(watched)
    decide(watched, approval_id, ApprovalStatus.GIVEN)
    assert watched.weigh() == {"paused": 1}
    assert watched.weigh() == {}
    assert watched.tenancy.calls == [("pause_sending", "acme")]
    assert any("sends nothing any more" in text for text in watched.store.comments.values())


def test_a_pause_that_fails_holds_up_and_hides_nothing(watched: Watched) -> None:
    ids = [pausing(watched)]
    watched.store.put_account(replace(ACME, account_id="acme-eu"))
    watched.store.save_provisioned(Provisioned("acme-eu", tenant="acme-eu"))
    watched.add("eu.example.com", account_id="acme-eu")
    watched.volumes.by_identity = {DOMAIN: 1000, "eu.example.com": 300}
    watched.come(100, first=100, domain="eu.example.com", account_id="acme-eu")
    watched.weigh()
    ids += [approval.approval_id for approval in watched.store.approvals_about("acme-eu")]
    assert len(ids) == 2
    for approval_id in ids:
        decide(watched, approval_id, ApprovalStatus.GIVEN)
    watched.come(60, first=200)
    watched.volumes.fault = SesBusy("no metrics now")
    watched.tenancy.failures = [ConnectionError("gone")]
    with pytest.raises(ExceptionGroup) as raised:
        watched.weigh()
    assert {type(each) for each in raised.value.exceptions} == {ConnectionError, SesBusy}
    assert len(watched.tenancy.paused) == 1
    watched.volumes.fault = None
    assert watched.weigh()["paused"] == 1
    assert watched.tenancy.paused == {"acme", "acme-eu"}


def test_where_no_pause_is_wanted_nobody_is_asked(watched: Watched) -> None:
    watched.come(100)
    watched.weigh()
    assert watched.store.approvals_about("acme") == ()
