"""The ports ``Approvals`` and ``Quotas``, and the slots that ``DomainStore`` counts: in memory, and
on DynamoDB with the table that the template makes."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.adapters.memory import MemoryStore
from onboarding.domain.approval import Approval, ApprovalKind, ApprovalStatus, Decided, Price
from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.onboarding import Entry, Organisation, SendingDomain, Slot
from onboarding.domain.quota import Entitlement, Holder, Standing, Taking
from onboarding.domain.request import Ticket
from onboarding.port_errors import ConcurrentChange
from tests.support.aws_doubles import create_table, emulated, one_call_at_a_time
from tests.support.values import ACME, ACME_EU, GLOBEX, NOW, a_domain, an_approval

Store = MemoryStore | DynamoDbStore
MINUTE = timedelta(minutes=1)
LATE = NOW + timedelta(days=14)
GIVEN, REFUSED = ApprovalStatus.GIVEN, ApprovalStatus.REFUSED
OWN, POOL = Holder(Slot.ACCOUNT, "acme"), Holder(Slot.POOL, "org-acme")
ENTRY = Entry(NOW, "requested", "Asked for.")
_table_names = (f"approvals-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulated("dynamodb") as client:
        one_call_at_a_time(client)
        yield client


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore()
    client, table = request.getfixturevalue("dynamodb"), next(_table_names)
    create_table(client, table)
    return DynamoDbStore(client, table)


# ---------------------------------------------------------------- approvals


FULL = an_approval(
    kind=ApprovalKind.FREE_DOMAIN,
    price=Price(Decimal("99.50"), "EUR", "month", "maintenance"),
    grants={Entitlement.FREE_DOMAINS: 1, Entitlement.ASP: 2},
    internal="für Bearbeiter",
    request_id=None,
)


@pytest.mark.parametrize("approval", [an_approval(), FULL, an_approval(price=None, grants={})])
def test_an_open_approval_is_kept_as_it_was_asked(store: Store, approval: Approval) -> None:
    assert store.open_approval(approval) == approval
    assert store.approval(approval.approval_id) == approval
    assert list(store.pending_approvals()) == [approval]


def test_an_approval_that_was_never_opened_is_none(store: Store) -> None:
    assert store.approval("apr_x") is None
    assert store.approvals_of_ticket(Ticket("standard", "4711")) == ()


def test_the_same_question_is_asked_once_and_keeps_its_first_time(store: Store) -> None:
    first = store.open_approval(an_approval())
    again = an_approval(requested_at=NOW + MINUTE, expires_at=LATE + MINUTE)
    assert store.open_approval(again) == first
    assert list(store.pending_approvals()) == [first]
    decided = store.decide_approval(first.approval_id, GIVEN, "Ada", NOW).approval
    assert store.open_approval(again) == decided


def test_approvals_are_found_by_their_ticket_and_by_what_they_are_about(store: Store) -> None:
    first = store.open_approval(an_approval())
    second = store.open_approval(
        an_approval(approval_id="apr_2", subject="shop.example.com", requested_at=NOW + MINUTE)
    )
    other = store.open_approval(an_approval(approval_id="apr_3", ticket=Ticket("zendesk", "4711")))
    assert store.approvals_of_ticket(Ticket("standard", "4711")) == (first, second)
    about = store.approvals_about("news.example.com")
    assert sorted(a.approval_id for a in about) == sorted([first.approval_id, other.approval_id])
    refused = store.decide_approval(first.approval_id, REFUSED, "Ada", NOW).approval
    assert store.approvals_of_ticket(Ticket("standard", "4711")) == (refused, second)


@pytest.mark.parametrize("note", [None, "", "Paid by invoice 7, für 2027."])
@pytest.mark.parametrize("status", [GIVEN, REFUSED])
def test_a_decision_says_who_when_and_why(
    store: Store, status: ApprovalStatus, note: str | None
) -> None:
    opened = store.open_approval(an_approval())
    decided = store.decide_approval(opened.approval_id, status, "Ada", NOW + MINUTE, note)
    expected = replace(
        opened, status=status, decided_by="Ada", decided_at=NOW + MINUTE, note=note or None
    )
    assert decided == Decided(expected, counted=True)
    assert store.approval(opened.approval_id) == expected
    assert list(store.pending_approvals()) == []


@pytest.mark.parametrize("second", [GIVEN, REFUSED])
def test_a_decision_counts_once_and_the_first_one_stays(
    store: Store, second: ApprovalStatus
) -> None:
    opened = store.open_approval(an_approval())
    first = store.decide_approval(opened.approval_id, GIVEN, "Ada", NOW)
    again = store.decide_approval(opened.approval_id, second, "Bob", NOW + MINUTE, "No.")
    assert again == Decided(first.approval, counted=False)


def test_a_decision_after_the_time_does_not_count(store: Store) -> None:
    opened = store.open_approval(an_approval())
    assert store.decide_approval(opened.approval_id, GIVEN, "Ada", LATE) == Decided(
        opened, counted=False
    )
    just = store.decide_approval(opened.approval_id, GIVEN, "Ada", LATE - timedelta(microseconds=1))
    assert just.counted


def test_an_approval_expires_when_its_time_has_come_and_not_before(store: Store) -> None:
    opened = store.open_approval(an_approval())
    early = store.expire_approval(opened.approval_id, LATE - timedelta(microseconds=1))
    assert early == Decided(opened, counted=False)
    expired = store.expire_approval(opened.approval_id, LATE)
    assert expired == Decided(
        replace(opened, status=ApprovalStatus.EXPIRED, decided_at=LATE), counted=True
    )
    assert store.expire_approval(opened.approval_id, LATE) == Decided(
        expired.approval, counted=False
    )
    late = store.decide_approval(opened.approval_id, GIVEN, "Ada", NOW)
    assert late == Decided(expired.approval, counted=False)


def test_a_decided_approval_does_not_expire(store: Store) -> None:
    opened = store.open_approval(an_approval())
    given = store.decide_approval(opened.approval_id, GIVEN, "Ada", NOW)
    assert store.expire_approval(opened.approval_id, LATE) == Decided(given.approval, counted=False)


def test_those_that_are_due_are_listed_apart(store: Store) -> None:
    early = store.open_approval(an_approval())
    store.open_approval(an_approval(approval_id="apr_2", expires_at=LATE + MINUTE))
    assert list(store.pending_approvals(due_before=LATE)) == []
    assert list(store.pending_approvals(due_before=LATE + MINUTE)) == [early]


def test_the_latest_task_token_is_the_one_that_is_kept(store: Store) -> None:
    opened = store.open_approval(an_approval())
    store.note_task_token(opened.approval_id, "token-1")
    noted = store.note_task_token(opened.approval_id, "token-2")
    assert noted == replace(opened, task_token="token-2")
    decided = store.decide_approval(opened.approval_id, GIVEN, "Ada", NOW)
    assert decided.approval.task_token == "token-2"


def test_a_decision_is_listed_as_undelivered_until_it_is_delivered(store: Store) -> None:
    opened = store.open_approval(an_approval())
    store.mark_delivered(opened.approval_id)
    assert list(store.undelivered_approvals()) == []
    assert list(store.pending_approvals()) == [opened]
    decided = store.decide_approval(opened.approval_id, GIVEN, "Ada", NOW).approval
    assert list(store.undelivered_approvals()) == [decided]
    store.mark_delivered(opened.approval_id)
    store.mark_delivered(opened.approval_id)
    assert list(store.undelivered_approvals()) == []
    assert store.approval(opened.approval_id) == decided


def test_an_unknown_approval_cannot_be_changed(store: Store) -> None:
    for change in (
        lambda: store.decide_approval("apr_x", GIVEN, "Ada", NOW),
        lambda: store.expire_approval("apr_x", NOW),
        lambda: store.note_task_token("apr_x", "token"),
        lambda: store.mark_delivered("apr_x"),
    ):
        with pytest.raises(LookupError, match="apr_x"):
            change()


# ---------------------------------------------------------------- entitlements


def test_an_organisation_that_was_never_written_is_on_the_basic_plan(store: Store) -> None:
    assert store.organisation("org-acme") == Organisation("org-acme", "basic", {})
    changed = Organisation("org-acme", "basic", {"domain_pack": {"price": {"amount": 99.5}}})
    store.put_organisation(changed)
    assert store.organisation("org-acme") == changed


def test_an_account_begins_with_nothing_beyond_its_plan(store: Store) -> None:
    assert store.standing(ACME) == Standing()


def test_an_approval_is_applied_once_to_its_account_and_its_organisation(store: Store) -> None:
    grants = {Entitlement.DOMAIN_PACKS: 1, Entitlement.DEDICATED_IPS: 3, Entitlement.ASP: 2}
    opened = store.open_approval(an_approval(grants=grants))
    assert not store.apply_approval(opened, NOW)
    given = store.decide_approval(opened.approval_id, GIVEN, "Ada", NOW).approval
    assert store.apply_approval(given, NOW + MINUTE)
    assert not store.apply_approval(given, NOW + 2 * MINUTE)
    assert store.standing(ACME) == Standing(domain_packs=1, dedicated_ips=3, asp=2)
    assert store.standing(ACME_EU) == Standing(asp=2)
    assert store.standing(GLOBEX) == Standing()
    applied = store.approval(opened.approval_id)
    assert applied is not None
    assert applied.applied_at == NOW + MINUTE


def test_a_refused_approval_grants_nothing(store: Store) -> None:
    opened = store.open_approval(an_approval())
    refused = store.decide_approval(opened.approval_id, REFUSED, "Ada", NOW).approval
    assert not store.apply_approval(refused, NOW)
    assert store.standing(ACME) == Standing()


def test_a_count_is_corrected_only_where_it_is_still_the_one_that_was_read(store: Store) -> None:
    assert store.set_slots_used(OWN, 0, 7)
    assert not store.set_slots_used(OWN, 0, 3)
    assert store.set_slots_used(OWN, 7, 0)
    assert store.set_slots_used(OWN, 0, 2)
    assert store.standing(ACME).used == 2


# ---------------------------------------------------------------- slots


def claim(
    store: Store, domain: str = "news.example.com", limit: int | None = 10, **changes: Any
) -> SendingDomain:
    wanted = a_domain(domain=domain, **{"slot": Slot.ACCOUNT, **changes})
    return store.claim(wanted, store.family(domain, ()), (), ENTRY, taking=Taking(limit))


def used(store: Store) -> tuple[int, int]:
    standing = store.standing(ACME)
    return standing.used, standing.pool_used


def test_a_claim_takes_a_slot_of_the_account_or_of_the_pool(store: Store) -> None:
    claimed = claim(store)
    assert claimed.slot is Slot.ACCOUNT
    assert store.domain("news.example.com") == claimed
    assert used(store) == (1, 0)
    claim(store, "shop.example.com", slot=Slot.POOL)
    assert used(store) == (1, 1)
    assert store.standing(ACME_EU) == Standing(pool_used=1)
    assert store.standing(GLOBEX) == Standing()


def test_a_claim_without_a_slot_counts_nothing(store: Store) -> None:
    claim(store, slot=None)
    assert used(store) == (0, 0)


def test_a_slot_that_is_not_there_is_not_taken_and_nothing_is_written(store: Store) -> None:
    claim(store, "a.example", limit=1)
    for slot, limit in ((Slot.ACCOUNT, 1), (Slot.POOL, 0)):
        with pytest.raises(ConcurrentChange):
            claim(store, "b.example", limit=limit, slot=slot)
    assert store.domain("b.example") is None
    assert store.timeline("b.example") == ()
    assert used(store) == (1, 0)


def test_taking_a_slot_without_saying_how_many_there_are_is_a_fault(store: Store) -> None:
    wanted = a_domain(slot=Slot.ACCOUNT)
    with pytest.raises(ValueError, match=r"news\.example\.com takes a slot"):
        store.claim(wanted, store.family(wanted.domain, ()), (), ENTRY)
    claimed = claim(store, slot=None)
    with pytest.raises(ValueError, match=r"news\.example\.com takes a slot"):
        store.save(replace(claimed, slot=Slot.ACCOUNT))
    assert used(store) == (0, 0)


def test_a_domain_that_waited_for_approval_takes_its_slot_later(store: Store) -> None:
    claimed = claim(store, slot=None)
    saved = store.save(replace(claimed, slot=Slot.ACCOUNT), taking=Taking(10))
    assert used(store) == (1, 0)
    store.save(replace(saved, summary="and nothing more"), ENTRY)
    assert used(store) == (1, 0)


@pytest.mark.parametrize("slot", Slot)
@pytest.mark.parametrize("end", sorted(ENDS))
def test_every_end_gives_the_slot_back_once(store: Store, end: State, slot: Slot) -> None:
    claimed = claim(store, slot=slot)
    ended = store.save(claimed.become(end, NOW), Entry(NOW, end.value, "why"))
    assert used(store) == (0, 0)
    assert ended.slot is None
    with pytest.raises(ConcurrentChange):
        store.save(claimed.become(end, NOW))
    store.save(replace(ended, summary="told"))
    assert used(store) == (0, 0)


@pytest.mark.parametrize("end", sorted(ENDS))
def test_an_end_that_was_written_without_a_thought_of_slots_gives_it_back_too(
    store: Store, end: State
) -> None:
    claimed = claim(store)
    ended = store.save(replace(claimed, state=end))
    assert used(store) == (0, 0)
    store.save(replace(ended, summary="told"))
    assert used(store) == (0, 0)


def test_a_claim_over_an_ended_domain_takes_a_slot_again(store: Store) -> None:
    claimed = claim(store)
    store.save(claimed.become(State.EXPIRED, NOW))
    claim(store, request_id="req_2")
    assert used(store) == (1, 0)


def test_a_claim_over_a_lost_domain_of_the_same_account_keeps_its_slot(store: Store) -> None:
    claimed = claim(store, limit=1)
    store.save(replace(claimed, state=State.LOST))
    wanted = a_domain(request_id="req_2", slot=Slot.ACCOUNT)
    store.claim(wanted, store.family(wanted.domain, ()), (), ENTRY)
    assert used(store) == (1, 0)


def test_a_domain_that_goes_to_another_account_takes_its_slot_there(store: Store) -> None:
    claim(store, account_id="globex", organisation_id="org-globex")
    assert store.standing(GLOBEX).used == 1
    wanted = a_domain(request_id="req_2", slot=Slot.ACCOUNT)
    ended = Entry(NOW, "offboarded", "An agent approved it.", "Ada")
    store.claim(wanted, store.family(wanted.domain, ()), (), ENTRY, taking=Taking(10), ended=ended)
    assert (store.standing(GLOBEX).used, store.standing(ACME).used) == (0, 1)
    assert [e.what for e in store.timeline(wanted.domain)] == [
        "requested",
        "offboarded",
        "requested",
    ]
    assert store.timeline(wanted.domain)[1] == ended


# ---------------------------------------------------------------- slots by approval


def given(store: Store, **changes: Any) -> Approval:
    opened = store.open_approval(an_approval(**changes))
    return store.decide_approval(opened.approval_id, GIVEN, "Ada", NOW).approval


def test_an_approved_claim_applies_its_approval_in_the_same_write(store: Store) -> None:
    pack, permission = given(store), given(store, approval_id="apr_2", grants={})
    wanted = a_domain(slot=Slot.ACCOUNT)
    taking = Taking(None, (pack, permission))
    store.claim(wanted, store.family(wanted.domain, ()), (), ENTRY, taking=taking)
    assert store.standing(ACME) == Standing(used=1, domain_packs=1)
    for approval in (pack, permission):
        assert not store.apply_approval(approval, NOW)


def test_an_approved_save_applies_its_approval_in_the_same_write(store: Store) -> None:
    claimed, pack = claim(store, slot=None), given(store)
    store.save(replace(claimed, slot=Slot.ACCOUNT), ENTRY, taking=Taking(None, (pack,)))
    assert store.standing(ACME) == Standing(used=1, domain_packs=1)
    assert not store.apply_approval(pack, NOW)


def test_asp_that_is_approved_with_a_claim_goes_to_the_pool(store: Store) -> None:
    asp = given(store, grants={Entitlement.ASP: 1})
    wanted = a_domain(slot=Slot.POOL)
    store.claim(wanted, store.family(wanted.domain, ()), (), ENTRY, taking=Taking(None, (asp,)))
    assert store.standing(ACME) == Standing(pool_used=1, asp=1)


def test_an_approval_that_was_applied_lets_no_second_claim_through(store: Store) -> None:
    pack = given(store)
    assert store.apply_approval(pack, NOW)
    wanted = a_domain(slot=Slot.ACCOUNT)
    with pytest.raises(ConcurrentChange):
        store.claim(
            wanted, store.family(wanted.domain, ()), (), ENTRY, taking=Taking(None, (pack,))
        )
    assert store.standing(ACME) == Standing(domain_packs=1)
    assert store.domain(wanted.domain) is None


def test_free_domains_are_granted_up_to_their_number_and_not_beyond(store: Store) -> None:
    free = {"grants": {Entitlement.FREE_DOMAINS: 1}}
    first, second = given(store, **free), given(store, approval_id="apr_2", **free)
    for domain, approval in (("a.example", first), ("b.example", second)):
        wanted = a_domain(domain=domain, slot=Slot.ACCOUNT)
        taking = Taking(None, (approval,), most_free=1)
        if approval is first:
            store.claim(wanted, store.family(domain, ()), (), ENTRY, taking=taking)
        else:
            with pytest.raises(ConcurrentChange):
                store.claim(wanted, store.family(domain, ()), (), ENTRY, taking=taking)
    assert store.standing(ACME) == Standing(used=1, free_domains=1)


# ---------------------------------------------------------------- races


def test_a_thousand_at_once_for_the_last_slot_are_one_who_gets_it() -> None:
    store = MemoryStore()
    assert of_many_one_gets_the_last_slot(store, 1000) == 1
    assert used(store) == (10, 0)


def test_of_many_at_once_on_dynamodb_one_gets_the_last_slot(dynamodb: Any) -> None:
    table = next(_table_names)
    create_table(dynamodb, table)
    store = DynamoDbStore(dynamodb, table)
    assert of_many_one_gets_the_last_slot(store, 100) == 1
    assert used(store) == (10, 0)


def of_many_one_gets_the_last_slot(store: Store, many: int) -> int:
    """How many of them got it."""
    assert store.set_slots_used(OWN, 0, 9)

    def wants(number: int) -> bool:
        try:
            claim(store, f"wants-{number}.example")
        except ConcurrentChange:
            return False
        return True

    with ThreadPoolExecutor(64) as pool:
        got = list(pool.map(wants, range(many)))
    assert len(list(store.domains())) == got.count(True)
    return got.count(True)


def test_of_many_decisions_at_once_one_counts(store: Store) -> None:
    opened = store.open_approval(an_approval())

    def decide(number: int) -> Decided:
        status = GIVEN if number % 2 else REFUSED
        return store.decide_approval(opened.approval_id, status, f"agent-{number}", NOW)

    with ThreadPoolExecutor(32) as pool:
        decided = list(pool.map(decide, range(200)))
    assert [d.counted for d in decided].count(True) == 1
    assert len({d.approval.decided_by for d in decided}) == 1
