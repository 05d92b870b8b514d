"""The port ``AddressStore``, and what requests and mails do for addresses: in memory, and on
DynamoDB with the table that the template makes."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.adapters.memory import MemoryStore
from onboarding.domain.address_schedule import LinkProgress
from onboarding.domain.delivery import Accepted, Delivery
from onboarding.domain.lifecycle import State
from onboarding.domain.mail_claim import Claim
from onboarding.domain.onboarding import Entry, SendingDomain, StoredRequest
from onboarding.domain.request import Method
from onboarding.domain.schedule import Reminder
from onboarding.domain.sender_address import SenderAddress
from onboarding.port_errors import ConcurrentChange
from tests.support.address_world import ADDRESS, a_sender_address, an_address_request
from tests.support.aws_doubles import create_table, emulated
from tests.support.values import NOW, a_domain

Store = MemoryStore | DynamoDbStore

ENTRY = Entry(NOW, "requested", "Asked for.", "ticket standard/4711")
SECOND = timedelta(seconds=1)
FREE: dict[str, SendingDomain | None] = {"example.com": None}
FULL = a_sender_address(
    progress=LinkProgress(NOW, 3, frozenset({Reminder.DAY_1, Reminder.DAY_3})),
    covered_by="example.com",
    previous_account="globex",
    state=State.AWAITING_LINK,
)
_tables = (f"table-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulated("dynamodb") as client:
        yield client


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore()
    client, table = request.getfixturevalue("dynamodb"), next(_tables)
    create_table(client, table)
    return DynamoDbStore(client, table)


def claim(store: Store, wanted: SenderAddress | None = None, **options: Any) -> SenderAddress:
    given = {"current": None, "domains": FREE, "entry": ENTRY, **options}
    return store.claim_address(wanted or a_sender_address(), **given)


# Requests


@pytest.mark.parametrize("methods", [frozenset(), frozenset(Method)])
def test_an_accepted_request_is_kept_with_its_address(
    store: Store, methods: frozenset[Method]
) -> None:
    wish = an_address_request(methods=methods)
    accepted = store.accept(wish, Delivery("standard", "msg_1", "sha"), "req_1", NOW)
    assert accepted == Accepted(StoredRequest("req_1", wish, NOW, 1, None), is_new=True)
    assert store.request("req_1") == accepted.stored


def test_one_ticket_may_ask_for_a_domain_and_addresses_but_for_each_only_once(
    store: Store,
) -> None:
    def ask(number: int, address: str | None) -> Accepted:
        delivery = Delivery("standard", f"msg_{number}", "sha")
        wish = an_address_request(address=address)
        return store.accept(wish, delivery, f"req_{number}", NOW)

    assert [ask(n, a).is_new for n, a in enumerate([ADDRESS, None, "a@example.com"])] == [True] * 3
    again = ask(3, ADDRESS)
    assert (again.is_new, again.stored.request_id) == (False, "req_0")


def test_after_an_end_without_success_the_ticket_may_ask_again(store: Store) -> None:
    wish = an_address_request()
    store.accept(wish, Delivery("standard", "msg_1", "sha"), "req_1", NOW)
    store.close_request("req_1", State.EXPIRED, "No link was opened.", NOW)
    again = store.accept(wish, Delivery("standard", "msg_2", "sha"), "req_2", NOW)
    assert (again.is_new, again.stored.attempt) == (True, 2)
    store.close_request("req_2", State.VERIFIED, "Opened.", NOW)
    assert not store.accept(wish, Delivery("standard", "msg_3", "sha"), "req_3", NOW).is_new


# Addresses


def test_an_address_that_nobody_has_claimed_is_none(store: Store) -> None:
    assert store.address(ADDRESS) is None
    assert store.timeline(ADDRESS) == ()


def test_a_claimed_address_is_kept_with_its_timeline(store: Store) -> None:
    claimed = claim(store)
    assert claimed == a_sender_address(version=1)
    assert store.address(ADDRESS) == claimed
    assert store.address(ADDRESS.lower()) is None
    assert store.timeline(ADDRESS) == (ENTRY,)


@pytest.mark.parametrize("wanted", [a_sender_address(), FULL])
def test_every_field_is_kept(store: Store, wanted: SenderAddress) -> None:
    claimed = claim(store, wanted)
    assert claimed == replace(wanted, version=1)
    assert store.address(ADDRESS) == claimed


def test_of_two_claims_at_once_one_is_too_late(store: Store) -> None:
    claim(store)
    with pytest.raises(ConcurrentChange):
        claim(store, a_sender_address(account_id="globex", request_id="req_2"))
    assert store.address(ADDRESS) == a_sender_address(version=1)
    assert store.timeline(ADDRESS) == (ENTRY,)


def test_an_address_that_has_ended_is_claimed_over_as_it_was_read(store: Store) -> None:
    ended = store.save_address(replace(claim(store), state=State.EXPIRED))
    with pytest.raises(ConcurrentChange):
        claim(store, current=replace(ended, version=1))
    claimed = claim(store, a_sender_address(request_id="req_2"), current=ended)
    assert claimed.version == 3
    assert store.timeline(ADDRESS) == (ENTRY, ENTRY)


def test_a_domain_that_was_claimed_meanwhile_makes_the_claim_too_late(store: Store) -> None:
    wanted = a_domain(domain="example.com")
    domain = store.claim(wanted, store.family("example.com", ()), (), ENTRY)
    with pytest.raises(ConcurrentChange):
        claim(store)
    store.save(domain)
    with pytest.raises(ConcurrentChange):
        claim(store, domains={"example.com": domain})
    assert store.address(ADDRESS) is None
    claim(store, domains={"example.com": store.domain("example.com")})


def test_a_change_is_written_with_all_of_its_entries(store: Store) -> None:
    claimed = claim(store)
    entries = (Entry(NOW + SECOND, "one", "1."), Entry(NOW + SECOND, "two", "2."))
    saved = store.save_address(claimed.become(State.AWAITING_LINK, NOW + SECOND), *entries)
    assert saved.version == 2
    assert store.address(ADDRESS) == saved
    assert store.timeline(ADDRESS) == (ENTRY, *entries)


def test_a_change_of_what_somebody_else_changed_is_refused_with_its_entries(store: Store) -> None:
    claimed = claim(store)
    store.save_address(claimed)
    with pytest.raises(ConcurrentChange):
        store.save_address(claimed, ENTRY)
    assert store.timeline(ADDRESS) == (ENTRY,)


def test_addresses_are_listed_by_state_and_apart_from_domains(store: Store) -> None:
    claim(store)
    other = a_sender_address(address="b@example.com", state=State.VERIFIED)
    claim(store, other)
    store.claim(a_domain(), store.family("news.example.com", ()), (), ENTRY)
    assert {a.address for a in store.addresses()} == {ADDRESS, "b@example.com"}
    assert [a.address for a in store.addresses([State.VERIFIED])] == ["b@example.com"]
    assert [d.domain for d in store.domains()] == ["news.example.com"]


def test_a_mail_about_an_address_is_claimed_once(store: Store) -> None:
    assert store.claim_mail(ADDRESS, "req_1#address_link", NOW) is Claim.GRANTED
    assert store.claim_mail(ADDRESS, "req_1#address_link", NOW) is Claim.UNRESOLVED
    store.record_mail(ADDRESS, "req_1#address_link", "message-1", NOW)
    assert store.claim_mail(ADDRESS, "req_1#address_link", NOW) is Claim.DONE
    assert store.claim_mail("example.com", "req_1#address_link", NOW) is Claim.GRANTED


# What only the table has


def test_an_addresss_items_are_its_own_and_what_is_published_says_whose(dynamodb: Any) -> None:
    table = next(_tables)
    create_table(dynamodb, table)
    store = DynamoDbStore(dynamodb, table)
    claim(store)
    store.claim_mail(ADDRESS, "req_1#address_link", NOW)
    items = dynamodb.scan(TableName=table)["Items"]
    assert {(item["pk"]["S"], item["sk"]["S"]) for item in items} == {
        (f"ADDRESS#{ADDRESS}", "ADDRESS"),
        (f"ADDRESS#{ADDRESS}", "ENTRY#00000001#00"),
        (f"ADDRESS#{ADDRESS}", "MAIL#req_1#address_link"),
    }
    [body] = [json.loads(i["body"]["S"]) for i in items if i["sk"]["S"].startswith("ENTRY#")]
    assert (body["address"], body["domain"], body["what"]) == (ADDRESS, "example.com", "requested")


def test_a_request_that_was_kept_before_there_were_addresses_has_none(dynamodb: Any) -> None:
    table = next(_tables)
    create_table(dynamodb, table)
    store = DynamoDbStore(dynamodb, table)
    wish = an_address_request(address=None)
    store.accept(wish, Delivery("standard", "msg_1", "sha"), "req_1", NOW)
    key = {"pk": {"S": "REQUEST#req_1"}, "sk": {"S": "REQUEST"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    body = json.loads(item["body"]["S"])
    del body["address"]
    dynamodb.put_item(TableName=table, Item={**item, "body": {"S": json.dumps(body)}})
    stored = store.request("req_1")
    assert stored is not None
    assert stored.request == wish
