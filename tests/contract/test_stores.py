"""The ports ``RequestStore``, ``DomainStore``, ``MailLedger`` and ``Tickets``: in memory, and on
DynamoDB with the table that the template makes."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from onboarding.adapters.dynamodb import DynamoDbStore, mapping
from onboarding.adapters.memory import MemoryStore
from onboarding.domain.delivery import Accepted, Delivery
from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.mail_claim import Claim
from onboarding.domain.onboarding import (
    Account,
    AccountKind,
    Entry,
    SendingDomain,
    Slot,
    StoredRequest,
)
from onboarding.domain.ownership import Family
from onboarding.domain.quota import Taking
from onboarding.domain.request import OnboardingRequest, Ticket
from onboarding.domain.responsibility import Period
from onboarding.domain.schedule import Progress, Reminder
from onboarding.domain.stopping import Stop
from onboarding.port_errors import ConcurrentChange, DeliveryReused
from tests.support.aws_doubles import create_table, emulated
from tests.support.values import (
    ACME,
    NOW,
    RECORDS,
    a_domain,
    a_request,
    a_request_with_mail_from,
)

DOMAIN, PARENT, CHILD = "news.example.com", "example.com", "a.news.example.com"
PARENTS = {DOMAIN: (PARENT,), PARENT: (), CHILD: (DOMAIN, PARENT)}
ENTRY = Entry(NOW, "requested", "Asked for.", "ticket standard/4711")
SECOND = timedelta(seconds=1)

Store = MemoryStore | DynamoDbStore
_table_names = (f"table-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulated("dynamodb") as client:
        yield client


@dataclass
class Kept:
    """A store, and what it keeps for others to read."""

    store: Store
    comments: Callable[[], list[str]]


def _in_memory() -> Kept:
    store = MemoryStore()
    return Kept(store, lambda: list(store.comments.values()))


def _on_dynamodb(client: Any) -> Kept:
    table = next(_table_names)
    create_table(client, table)

    def comments() -> list[str]:
        items = client.scan(TableName=table)["Items"]
        said = [item for item in items if item["sk"]["S"].startswith("COMMENT#")]
        return [json.loads(item["body"]["S"])["text"] for item in said]

    return Kept(DynamoDbStore(client, table), comments)


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest) -> Kept:
    if request.param == "memory":
        return _in_memory()
    return _on_dynamodb(request.getfixturevalue("dynamodb"))


@pytest.fixture
def store(kept: Kept) -> Store:
    return kept.store


def accept(
    store: Store,
    number: int = 1,
    request: OnboardingRequest | None = None,
    at: datetime = NOW,
    sha: str = "sha",
    delivery: str | None = None,
) -> Accepted:
    """Request ``req_<number>``, brought by ``msg_<number>``."""
    known = Delivery("standard", delivery or f"msg_{number}", sha)
    return store.accept(request or a_request(), known, f"req_{number}", at)


def claim(
    store: Store, wanted: SendingDomain, family: Family | None = None, entry: Entry = ENTRY
) -> SendingDomain:
    parents = PARENTS[wanted.domain]
    return store.claim(wanted, family or store.family(wanted.domain, parents), parents, entry)


# ---------------------------------------------------------------- requests


@pytest.mark.parametrize(
    "request_", [a_request(), a_request_with_mail_from(), a_request(dmarc=None)]
)
def test_an_accepted_request_is_kept_as_it_came(store: Store, request_: OnboardingRequest) -> None:
    accepted = accept(store, request=request_)
    assert accepted == Accepted(StoredRequest("req_1", request_, NOW, 1, None), is_new=True)
    assert store.request("req_1") == accepted.stored


def test_a_request_that_was_never_accepted_is_none(store: Store) -> None:
    assert store.request("req_9") is None


def test_a_repeated_delivery_gives_the_request_that_is_there(store: Store) -> None:
    first = accept(store)
    again = accept(store, 2, delivery="msg_1")
    assert again == Accepted(first.stored, is_new=False)
    assert store.request("req_2") is None


def test_a_delivery_id_with_another_body_is_refused_and_nothing_is_kept(store: Store) -> None:
    accept(store)
    with pytest.raises(DeliveryReused):
        accept(store, 2, a_request(domain="shop.example.com"), sha="other", delivery="msg_1")
    assert store.request("req_2") is None


def test_the_same_delivery_id_of_another_source_is_another_delivery(store: Store) -> None:
    accept(store)
    wish = a_request(ticket=Ticket("zendesk", "4711"))
    other = store.accept(wish, Delivery("zendesk", "msg_1", "other"), "req_2", NOW)
    assert other.is_new


def test_another_delivery_for_a_running_request_gives_that_one_and_is_kept_too(
    store: Store,
) -> None:
    first = accept(store)
    assert accept(store, 2) == Accepted(first.stored, is_new=False)
    with pytest.raises(DeliveryReused):
        accept(store, 3, sha="other", delivery="msg_2")


@pytest.mark.parametrize(
    "other",
    [
        a_request(ticket=Ticket("standard", "4712")),
        a_request(ticket=Ticket("zendesk", "4711")),
        a_request(domain="shop.example.com"),
    ],
)
def test_another_ticket_or_domain_is_another_request(
    store: Store, other: OnboardingRequest
) -> None:
    accept(store)
    accepted = accept(store, 2, other)
    assert (accepted.is_new, accepted.stored.attempt) == (True, 1)


@pytest.mark.parametrize("end", sorted(ENDS))
def test_after_an_end_the_same_ticket_may_try_again(store: Store, end: State) -> None:
    accept(store)
    store.close_request("req_1", end, "why", NOW)
    second = accept(store, 2)
    assert (second.is_new, second.stored.attempt, second.stored.outcome) == (True, 2, None)
    store.close_request("req_2", end, "why", NOW)
    assert accept(store, 3).stored.attempt == 3


def test_after_a_success_the_same_ticket_gets_its_request_back(store: Store) -> None:
    accept(store)
    store.close_request("req_1", State.VERIFIED, "why", NOW)
    again = accept(store, 2)
    assert (again.is_new, again.stored.request_id) == (False, "req_1")
    assert again.stored.outcome is State.VERIFIED


def test_the_delivery_of_an_ended_request_still_gives_that_one(store: Store) -> None:
    accept(store)
    store.close_request("req_1", State.EXPIRED, "why", NOW)
    again = accept(store)
    assert (again.is_new, again.stored.outcome) == (False, State.EXPIRED)


def test_the_first_outcome_of_a_request_stays(store: Store) -> None:
    accept(store)
    store.close_request("req_1", State.EXPIRED, "late", NOW)
    store.close_request("req_1", State.FAILED, "later", NOW + SECOND)
    stored = store.request("req_1")
    assert stored is not None
    assert stored.outcome is State.EXPIRED


def test_what_was_verified_may_be_off_boarded_later_and_asked_for_again(store: Store) -> None:
    accept(store)
    store.close_request("req_1", State.VERIFIED, "there", NOW)
    store.close_request("req_1", State.FAILED, "no", NOW)
    store.close_request("req_1", State.OFFBOARDED, "gone", NOW + SECOND)
    store.close_request("req_1", State.EXPIRED, "no", NOW + SECOND)
    stored = store.request("req_1")
    assert stored is not None
    assert stored.outcome is State.OFFBOARDED
    again = accept(store, 2)
    assert (again.is_new, again.stored.attempt) == (True, 2)


def test_closing_an_earlier_attempt_leaves_the_running_one_open(store: Store) -> None:
    accept(store)
    store.close_request("req_1", State.EXPIRED, "late", NOW)
    accept(store, 2)
    store.close_request("req_1", State.FAILED, "later", NOW)
    again = accept(store, 3)
    assert (again.is_new, again.stored.request_id) == (False, "req_2")


def unstarted(store: Store, before: datetime) -> list[str]:
    return sorted(stored.request_id for stored in store.unstarted(before))


def test_requests_wait_to_be_started_until_they_are(store: Store) -> None:
    accept(store, 1, at=NOW)
    accept(store, 2, a_request(domain="shop.example.com"), at=NOW + SECOND)
    assert unstarted(store, NOW) == []
    assert unstarted(store, NOW + SECOND) == ["req_1"]
    assert unstarted(store, NOW + 2 * SECOND) == ["req_1", "req_2"]
    store.mark_started("req_1")
    store.mark_started("req_1")
    assert unstarted(store, NOW + 2 * SECOND) == ["req_2"]
    assert store.request("req_1") is not None


def test_a_request_that_waits_to_be_started_is_the_one_that_was_accepted(store: Store) -> None:
    accepted = accept(store, request=a_request_with_mail_from())
    assert list(store.unstarted(NOW + SECOND)) == [accepted.stored]


def test_many_requests_that_wait_are_all_found(store: Store) -> None:
    for number in range(40):
        accept(store, number, a_request(domain=f"d{number}.example.com"))
    assert len(unstarted(store, NOW + SECOND)) == 40


# ---------------------------------------------------------------- accounts and claims


def test_an_account_is_kept_as_it_is_and_may_change(store: Store) -> None:
    assert store.account("acme") is None
    store.put_account(ACME)
    assert store.account("acme") == ACME
    changed = Account("acme", "org-acme", kind=AccountKind.ADDITIONAL)
    store.put_account(changed)
    assert store.account("acme") == changed


def test_an_account_that_was_written_before_there_were_kinds_is_a_basic_one() -> None:
    old = {"account_id": "acme", "organisation_id": "org-acme", "contact_email": None}
    account = mapping.account_from_json({**old, "configuration_set": None})
    assert account == Account("acme", "org-acme", kind=AccountKind.BASIC)


def test_a_claimed_domain_is_there_with_its_entry(store: Store) -> None:
    claimed = claim(store, a_domain())
    assert claimed == a_domain(version=1)
    assert store.domain(DOMAIN) == claimed
    assert store.timeline(DOMAIN) == (ENTRY,)


def test_a_domain_that_nobody_claimed_is_none_and_has_no_timeline(store: Store) -> None:
    assert store.domain(DOMAIN) is None
    assert store.timeline(DOMAIN) == ()


def test_a_family_is_the_domain_with_its_claimed_parents_and_children(store: Store) -> None:
    assert store.family(DOMAIN, (PARENT,)) == Family(
        None, (), store.family(DOMAIN, (PARENT,)).versions
    )
    parent = claim(store, a_domain(domain=PARENT))
    child = claim(store, a_domain(domain=CHILD))
    claim(store, a_domain(domain="news.example.com"))
    middle = store.family(DOMAIN, (PARENT,))
    assert middle.current == store.domain(DOMAIN)
    assert set(middle.relatives) == {parent, child}
    top = store.family(PARENT, ())
    assert {relative.domain for relative in top.relatives} == {DOMAIN, CHILD}


def test_a_domain_whose_name_only_ends_alike_is_no_relative(store: Store) -> None:
    claim(store, a_domain(domain=PARENT))
    other = store.family("xexample.com", ())
    assert other.relatives == ()


def test_two_who_read_the_same_do_not_both_get_the_domain(store: Store) -> None:
    first, second = store.family(DOMAIN, (PARENT,)), store.family(DOMAIN, (PARENT,))
    claim(store, a_domain(request_id="req_1"), first)
    with pytest.raises(ConcurrentChange):
        claim(store, a_domain(request_id="req_2"), second)
    found = store.domain(DOMAIN)
    assert found is not None
    assert found.request_id == "req_1"
    assert len(store.timeline(DOMAIN)) == 1


def test_an_ended_domain_is_claimed_anew_and_its_timeline_goes_on(store: Store) -> None:
    claimed = claim(store, a_domain())
    store.save(claimed.become(State.EXPIRED, NOW), Entry(NOW, "expired", "late"))
    again = claim(store, a_domain(request_id="req_2", previous_account="acme"))
    assert again.version == 3
    assert store.domain(DOMAIN) == again
    assert [entry.what for entry in store.timeline(DOMAIN)] == ["requested", "expired", "requested"]


def test_a_domain_that_was_written_since_it_was_read_is_not_claimed(store: Store) -> None:
    claimed = claim(store, a_domain())
    ended = store.save(claimed.become(State.EXPIRED, NOW))
    family = store.family(DOMAIN, (PARENT,))
    store.save(replace(ended, summary="written meanwhile"))
    with pytest.raises(ConcurrentChange):
        claim(store, a_domain(request_id="req_2"), family)


@pytest.mark.parametrize(
    ("wanted", "raced_by"),
    [(DOMAIN, PARENT), (CHILD, PARENT), (CHILD, DOMAIN), (PARENT, DOMAIN), (PARENT, CHILD)],
)
def test_a_relative_that_is_claimed_meanwhile_stops_the_claim(
    store: Store, wanted: str, raced_by: str
) -> None:
    family = store.family(wanted, PARENTS[wanted])
    claim(store, a_domain(domain=raced_by, organisation_id="org-globex"))
    with pytest.raises(ConcurrentChange):
        claim(store, a_domain(domain=wanted), family)
    assert store.domain(wanted) is None
    assert store.timeline(wanted) == ()
    # Read again, the relative is there to be objected to.
    relatives = store.family(wanted, PARENTS[wanted]).relatives
    assert [relative.domain for relative in relatives] == [raced_by]


@pytest.mark.parametrize(("wanted", "raced_by"), [(DOMAIN, PARENT), (PARENT, DOMAIN)])
def test_an_ended_relative_that_is_claimed_again_meanwhile_stops_the_claim(
    store: Store, wanted: str, raced_by: str
) -> None:
    claimed = claim(store, a_domain(domain=raced_by))
    store.save(claimed.become(State.EXPIRED, NOW))
    family = store.family(wanted, PARENTS[wanted])
    claim(store, a_domain(domain=raced_by, organisation_id="org-globex"))
    with pytest.raises(ConcurrentChange):
        claim(store, a_domain(domain=wanted), family)


def test_a_sibling_that_is_claimed_meanwhile_is_no_obstacle(store: Store) -> None:
    family = store.family(DOMAIN, (PARENT,))
    sibling = "shop.example.com"
    store.claim(a_domain(domain=sibling), store.family(sibling, (PARENT,)), (PARENT,), ENTRY)
    assert claim(store, a_domain(), family).version == 1


# ---------------------------------------------------------------- saving


def full_domain(claimed: SendingDomain) -> SendingDomain:
    progress = Progress(NOW, frozenset({"a", "b"}), NOW + SECOND, frozenset({Reminder.DAY_1}))
    return replace(
        claimed,
        state=State.AWAITING_DNS,
        since=NOW + timedelta(microseconds=7),
        mail_from="bounce",
        records=RECORDS,
        progress=progress,
        report={"verdict": "waiting", "records": [{"found": ["ü"], "problems": []}]},
        summary="DNS is waiting.",
        previous_account="globex",
        previous_request="req_0",
        slot=Slot.POOL,
        responsibility=(
            Period("acme", "RD-1", NOW, NOW + SECOND),
            Period("acme", "RD-2", NOW + 2 * SECOND),
        ),
    )


def test_a_saved_domain_is_read_back_whole(store: Store) -> None:
    changed = full_domain(claim(store, a_domain()))
    saved = store.save(changed, taking=Taking(1))
    assert saved == replace(changed, version=2)
    assert store.domain(DOMAIN) == saved


def test_a_domain_that_was_written_before_there_were_slots_takes_none() -> None:
    body = mapping.domain_to_json(a_domain())
    for later in ("previous_request", "slot"):
        del body[later]
    assert mapping.domain_from_json(body, "requested", NOW.isoformat(), 0) == a_domain()


def test_of_two_writers_who_read_the_same_only_the_first_saves(store: Store) -> None:
    claimed = claim(store, a_domain())
    store.save(replace(claimed, summary="first"), Entry(NOW, "first", "x"))
    with pytest.raises(ConcurrentChange):
        store.save(replace(claimed, summary="second"), Entry(NOW, "second", "x"))
    found = store.domain(DOMAIN)
    assert found is not None
    assert found.summary == "first"
    assert [entry.what for entry in store.timeline(DOMAIN)] == ["requested", "first"]


def test_a_stale_writer_without_an_entry_does_not_save_either(store: Store) -> None:
    claimed = claim(store, a_domain())
    saved = store.save(replace(claimed, summary="first"))
    with pytest.raises(ConcurrentChange):
        store.save(replace(claimed, summary="second"))
    assert store.domain(DOMAIN) == saved


def test_the_timeline_is_in_the_order_of_writing_whatever_the_clocks_say(store: Store) -> None:
    domain = claim(store, a_domain())
    for number in range(12):
        at = NOW - timedelta(hours=number)
        domain = store.save(domain, Entry(at, f"{number}a", "x"), Entry(at, f"{number}b", "x"))
    whats = [entry.what for entry in store.timeline(DOMAIN)]
    assert whats == ["requested", *(f"{n}{half}" for n in range(12) for half in "ab")]


def test_a_timeline_is_its_domains_own(store: Store) -> None:
    claim(store, a_domain())
    claim(store, a_domain(domain=CHILD))
    assert store.timeline(DOMAIN) == (ENTRY,)


def names(store: Store, states: Sequence[State]) -> list[str]:
    return sorted(domain.domain for domain in store.domains(states))


def test_domains_are_listed_by_the_state_they_are_in(store: Store) -> None:
    first = claim(store, a_domain())
    claim(store, a_domain(domain=CHILD))
    assert names(store, [State.REQUESTED]) == [CHILD, DOMAIN]
    saved = store.save(first.become(State.AWAITING_DNS, NOW))
    assert names(store, [State.REQUESTED]) == [CHILD]
    assert list(store.domains([State.AWAITING_DNS])) == [saved]
    assert names(store, [State.VERIFIED]) == []
    assert sorted(d.domain for d in store.domains()) == [CHILD, DOMAIN]


# ---------------------------------------------------------------- mails and comments


def test_a_mail_is_claimed_once_and_done_when_recorded(store: Store) -> None:
    assert store.claim_mail(DOMAIN, "records", NOW) is Claim.GRANTED
    assert store.claim_mail(DOMAIN, "records", NOW) is Claim.UNRESOLVED
    assert store.claim_mail(DOMAIN, "records", NOW + timedelta(days=30)) is Claim.UNRESOLVED
    store.record_mail(DOMAIN, "records", "message-1", NOW)
    assert store.claim_mail(DOMAIN, "records", NOW) is Claim.DONE
    assert store.claim_mail(DOMAIN, "records", NOW) is Claim.DONE


def test_a_claim_that_was_given_back_is_granted_again(store: Store) -> None:
    store.claim_mail(DOMAIN, "records", NOW)
    store.release_mail(DOMAIN, "records")
    assert store.claim_mail(DOMAIN, "records", NOW) is Claim.GRANTED


def test_a_mail_that_was_withheld_may_be_sent_later(store: Store) -> None:
    assert store.withhold_mail(DOMAIN, "records", NOW) is Claim.GRANTED
    assert store.withhold_mail(DOMAIN, "records", NOW) is Claim.WITHHELD
    assert store.mails_of(DOMAIN) == {"records": Claim.WITHHELD}
    assert store.claim_mail(DOMAIN, "records", NOW) is Claim.GRANTED
    assert store.withhold_mail(DOMAIN, "records", NOW) is Claim.UNRESOLVED
    store.record_mail(DOMAIN, "records", "message-1", NOW)
    assert store.withhold_mail(DOMAIN, "records", NOW) is Claim.DONE


@pytest.mark.parametrize("subject", [DOMAIN, "news@example.com"])
def test_the_first_stop_stays_until_it_is_lifted(store: Store, subject: str) -> None:
    first, second = Stop(NOW, "records", "req_1"), Stop(NOW + SECOND, "reminder", "req_2")
    assert store.stop_of(subject, "hash") is None
    assert store.stop_mails(subject, "hash", first) == first
    assert store.stop_mails(subject, "hash", second) == first
    assert store.stop_of(subject, "hash") == first
    assert store.mails_stopped(subject, "hash")
    for other in ((subject, "another"), ("other.example", "hash")):
        assert not store.mails_stopped(*other)
    store.allow_mails(subject, "hash", second)
    assert store.stop_of(subject, "hash") == first
    for _ in range(2):
        store.allow_mails(subject, "hash", first)
        assert store.stop_of(subject, "hash") is None


def test_mails_of_another_occasion_or_domain_are_claimed_apart(store: Store) -> None:
    store.claim_mail(DOMAIN, "records", NOW)
    assert store.claim_mail(DOMAIN, "reminder-day_1", NOW) is Claim.GRANTED
    assert store.claim_mail(CHILD, "records", NOW) is Claim.GRANTED


def test_a_comment_is_said_once_for_each_key_and_ticket(kept: Kept) -> None:
    ticket, other = Ticket("standard", "4711"), Ticket("standard", "4712")
    kept.store.comment(ticket, "key", "first", NOW)
    kept.store.comment(ticket, "key", "second", NOW + SECOND)
    kept.store.comment(ticket, "other", "third", NOW)
    kept.store.comment(other, "key", "fourth", NOW, public=True)
    assert sorted(kept.comments()) == ["first", "fourth", "third"]


def test_comments_and_requests_of_a_ticket_do_not_meet(kept: Kept) -> None:
    accept(kept.store)
    kept.store.comment(Ticket("standard", "4711"), "key", "text", NOW)
    assert not accept(kept.store, 2).is_new


# ---------------------------------------------------------------- races inside DynamoDB's accept


def race_before_writing(
    store: DynamoDbStore, monkeypatch: pytest.MonkeyPatch, race: Callable[[], object]
) -> None:
    """Let ``race`` happen between the reads and the write of the next transaction."""
    transact = store._transact

    def raced(*writes: Any) -> None:
        monkeypatch.setattr(store, "_transact", transact)
        race()
        transact(*writes)

    monkeypatch.setattr(store, "_transact", raced)


def race_after_reading(
    store: DynamoDbStore, monkeypatch: pytest.MonkeyPatch, sort: str, race: Callable[[], Any]
) -> None:
    """Somebody else writes right after the first read of an item whose sort key begins so."""
    read = store._get

    def raced(key: dict[str, Any]) -> Any:
        found = read(key)
        if key["sk"]["S"].startswith(sort):
            monkeypatch.setattr(store, "_get", read)
            race()
        return found

    monkeypatch.setattr(store, "_get", raced)


@pytest.mark.parametrize("delivery", ["msg_1", "msg_2"])
def test_of_two_deliveries_at_once_both_get_the_one_request(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch, delivery: str
) -> None:
    store = _on_dynamodb(dynamodb).store
    assert isinstance(store, DynamoDbStore)
    race_before_writing(store, monkeypatch, lambda: accept(store, 2, delivery=delivery))
    accepted = accept(store, 1)
    assert (accepted.is_new, accepted.stored.request_id) == (False, "req_2")
    assert store.request("req_1") is None
    assert unstarted(store, NOW + SECOND) == ["req_2"]


def test_a_request_that_comes_between_two_reads_is_not_taken_for_an_ended_one(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _on_dynamodb(dynamodb).store
    assert isinstance(store, DynamoDbStore)
    race_after_reading(store, monkeypatch, "DOMAIN#", lambda: accept(store, 2))
    accepted = accept(store, 1)
    assert (accepted.is_new, accepted.stored.request_id) == (False, "req_2")
    assert store.request("req_1") is None


def test_of_two_new_attempts_at_once_there_is_one(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _on_dynamodb(dynamodb).store
    assert isinstance(store, DynamoDbStore)
    accept(store)
    store.close_request("req_1", State.EXPIRED, "late", NOW)
    race_before_writing(store, monkeypatch, lambda: accept(store, 2))
    accepted = accept(store, 3)
    assert (accepted.is_new, accepted.stored.request_id, accepted.stored.attempt) == (
        False,
        "req_2",
        2,
    )


def test_a_delivery_is_forgotten_only_after_a_month(dynamodb: Any) -> None:
    store = _on_dynamodb(dynamodb).store
    assert isinstance(store, DynamoDbStore)
    accept(store)
    [item] = [
        item
        for item in dynamodb.scan(TableName=store._table)["Items"]
        if item["sk"]["S"] == "DELIVERY"
    ]
    assert int(item["expires_at"]["N"]) == int((NOW + timedelta(days=30)).timestamp())


# ---------------------------------------------------------------- requests whose workflow runs


def open_requests(store: Store, due_before: datetime) -> list[str]:
    return sorted(stored.request_id for stored in store.open_requests(due_before))


def test_a_request_is_open_from_its_start_to_its_end(store: Store) -> None:
    accept(store)
    assert open_requests(store, NOW + SECOND) == []
    store.mark_started("req_1")
    assert open_requests(store, NOW) == []
    assert open_requests(store, NOW + SECOND) == ["req_1"]
    store.close_request("req_1", State.VERIFIED, "Done.", NOW)
    assert open_requests(store, NOW + SECOND) == ["req_1"], "nobody knows yet"
    for _ in range(2):
        store.settle_request("req_1")
    assert open_requests(store, NOW + SECOND) == []
    store.mark_started("req_1")
    store.look_again("req_1", NOW)
    assert open_requests(store, NOW + SECOND) == []


def test_an_open_request_is_looked_at_again_when_it_is_due(store: Store) -> None:
    accept(store)
    store.mark_started("req_1")
    store.look_again("req_1", NOW + 10 * SECOND)
    assert open_requests(store, NOW + 10 * SECOND) == []
    assert open_requests(store, NOW + 11 * SECOND) == ["req_1"]
    store.mark_started("req_1")
    assert open_requests(store, NOW + 10 * SECOND) == []


def test_a_restarted_request_waits_to_be_started_with_another_execution(store: Store) -> None:
    stored = accept(store).stored
    store.mark_started("req_1")
    again = store.restart(stored, NOW + 5 * SECOND)
    assert again == replace(stored, restarts=1)
    assert again.execution_name != stored.execution_name
    assert store.request("req_1") == again
    assert open_requests(store, NOW + 10 * SECOND) == []
    assert unstarted(store, NOW + 5 * SECOND) == []
    assert unstarted(store, NOW + 6 * SECOND) == ["req_1"]
    third = store.restart(again, NOW)
    assert third is not None
    assert third.restarts == 2


def test_of_two_who_restart_the_same_request_one_does(store: Store) -> None:
    stored = accept(store).stored
    store.mark_started("req_1")
    assert store.restart(stored, NOW) is not None
    assert store.restart(stored, NOW) is None


def test_a_request_whose_end_everybody_knows_is_not_restarted(store: Store) -> None:
    stored = accept(store).stored
    store.mark_started("req_1")
    store.close_request("req_1", State.REJECTED, "No.", NOW)
    again = store.restart(stored, NOW)
    assert again == replace(stored, restarts=1, outcome=State.REJECTED, why="No.")
    store.mark_started("req_1")
    assert open_requests(store, NOW + SECOND) == ["req_1"]
    store.settle_request("req_1")
    assert store.restart(again, NOW) is None
    assert unstarted(store, NOW + SECOND) == []


# ---------------------------------------------------------------- claims without a result


def stale(store: Store, before: datetime) -> list[tuple[str, str, datetime]]:
    return sorted((c.subject, c.key, c.claimed_at) for c in store.stale_claims(before))


def test_a_claim_without_a_result_is_stale_until_it_is_reported(store: Store) -> None:
    address = "news@example.com"
    store.claim_mail(DOMAIN, "req_1#records-1", NOW)
    store.claim_mail(address, "req_2#address_link", NOW)
    store.claim_mail(DOMAIN, "req_1#verified", NOW + SECOND)
    expected = [(address, "req_2#address_link", NOW), (DOMAIN, "req_1#records-1", NOW)]
    assert stale(store, NOW) == []
    assert stale(store, NOW + SECOND) == sorted(expected)
    for claim_ in list(store.stale_claims(NOW + SECOND)):
        store.mark_reported(claim_)
    assert stale(store, NOW + SECOND) == []
    assert store.claim_mail(DOMAIN, "req_1#records-1", NOW) is Claim.UNRESOLVED


def test_a_mail_that_was_sent_or_given_back_is_not_stale(store: Store) -> None:
    store.claim_mail(DOMAIN, "sent", NOW)
    store.record_mail(DOMAIN, "sent", "message-1", NOW)
    store.claim_mail(DOMAIN, "given-back", NOW)
    store.release_mail(DOMAIN, "given-back")
    assert stale(store, NOW + SECOND) == []


def test_the_longest_in_a_state_come_first_and_no_more_than_asked_for(store: Store) -> None:
    names = [f"d{number:02}.example" for number in range(40)]
    for number, name in enumerate(names):
        since = NOW + SECOND * (number * 7 % 40)
        wanted = a_domain(domain=name, since=since)
        store.claim(wanted, store.family(name, ()), (), replace(ENTRY, at=since))
    found = store.longest_in(State.REQUESTED, 10)
    assert [domain.since for domain in found] == [NOW + SECOND * number for number in range(10)]
    assert len(store.longest_in(State.REQUESTED, 100)) == 40
    assert store.longest_in(State.VERIFIED, 10) == ()


def test_a_ticket_has_the_domains_that_are_its_turn(store: Store) -> None:
    for number, name in enumerate(("a.example", "b.example", "c.example"), 1):
        delivery = Delivery("standard", f"delivery-{number}", "sha")
        store.accept(a_request(domain=name), delivery, f"req_{number}", NOW)
    for name, request in (("a.example", "req_1"), ("b.example", "req_9")):
        store.claim(a_domain(domain=name, request_id=request), store.family(name, ()), (), ENTRY)
    ticket = a_request().ticket
    assert [d.domain for d in store.domains_of_ticket(ticket)] == ["a.example"]
    assert store.domains_of_ticket(Ticket("standard", "another")) == ()


def test_what_became_of_each_mail_is_known(store: Store) -> None:
    for key in ("req_1#records", "req_1#verified", "req_1#given-back"):
        store.claim_mail(DOMAIN, key, NOW)
    store.record_mail(DOMAIN, "req_1#records", "m-1", NOW)
    store.release_mail(DOMAIN, "req_1#given-back")
    store.claim_mail(CHILD, "req_2#records", NOW)
    assert store.mails_of(DOMAIN) == {
        "req_1#records": Claim.DONE,
        "req_1#verified": Claim.UNRESOLVED,
    }
