"""The port ``ListingStore``: in memory, and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from onboarding.adapters.dynamodb.listings import DynamoDbListings
from onboarding.adapters.memory_watches import MemoryListings
from onboarding.domain.listing import Listing
from onboarding.ports import ListingStore
from tests.support.aws_doubles import create_table, emulated
from tests.support.values import NOW

LIST = Listing(NOW, "t1")


@pytest.fixture(params=["memory", "dynamodb"])
def listings(request: pytest.FixtureRequest) -> Iterator[ListingStore]:
    if request.param == "memory":
        yield MemoryListings()
        return
    with emulated("dynamodb") as client:
        create_table(client, "listings")
        yield DynamoDbListings(client, "listings")


def test_what_was_kept_is_read_back_with_all_its_parts(listings: ListingStore) -> None:
    assert listings.listing() is None
    first = listings.keep_listing(LIST, b"aaaaaabbbbbb")
    assert first == replace(LIST, parts=1, version=1)
    held = replace(first, token="t2", held_until=NOW + timedelta(minutes=3))
    second = listings.keep_listing(held, b"cccccc")
    assert second is not None
    assert listings.listing() == second == replace(held, parts=2, version=2)
    assert list(listings.seen(second)) == [b"aaaaaabbbbbb", b"cccccc"]


def test_of_two_who_write_the_same_list_one_succeeds(listings: ListingStore) -> None:
    kept = listings.keep_listing(LIST, b"aaaaaa")
    assert kept is not None
    assert listings.keep_listing(LIST, b"bbbbbb") is None
    other = listings.keep_listing(replace(kept, token="t2"), b"")
    assert other is not None
    assert listings.keep_listing(replace(kept, token="t3"), b"cccccc") is None
    assert listings.listing() == other
    assert list(listings.seen(other)) == [b"aaaaaa"], "who was too late wrote over nothing"


def test_a_new_list_has_no_parts_of_the_one_before(listings: ListingStore) -> None:
    kept = listings.keep_listing(LIST, b"aaaaaa")
    assert kept is not None
    new = replace(kept, began=NOW + timedelta(hours=1), token=None, parts=0)
    kept = listings.keep_listing(new, b"")
    assert kept is not None
    assert list(listings.seen(kept)) == []
