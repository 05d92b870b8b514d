"""How far SES's list was read: an item, and what was seen in parts beside it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from onboarding.adapters.dynamodb.table import (
    Item,
    Table,
    integer,
    item_key,
    number,
    sortable,
    string,
)
from onboarding.domain.listing import Listing
from onboarding.port_errors import ConcurrentChange

KEPT: Final = timedelta(days=2)
"""Parts of a list are deleted then, whether it came to its end or not."""

_KEY: Final = item_key("LISTING", "LISTING")


class DynamoDbListings(Table):
    """Implements ``ListingStore``."""

    def listing(self) -> Listing | None:
        item = self._get(_KEY)
        if item is None:
            return None
        held = string(item, "held_until")
        return Listing(
            began=datetime.fromisoformat(item["began"]["S"]),
            token=string(item, "token"),
            parts=integer(item, "parts"),
            held_until=None if held is None else datetime.fromisoformat(held),
            version=integer(item, "version"),
        )

    def keep_listing(self, listing: Listing, seen: bytes) -> Listing | None:
        kept = replace(listing, parts=listing.parts + bool(seen), version=listing.version + 1)
        first = listing.version == 0
        condition = "attribute_not_exists(pk)" if first else "version = :seen"
        values = None if first else {":seen": number(listing.version)}
        parts = [self._put(_part(listing, seen))] if seen else []
        try:
            # Together: a run that is too late must not write over another one's part.
            self._transact(self._put(_item(kept), condition, values), *parts)
        except ConcurrentChange:
            return None
        return kept

    def seen(self, listing: Listing) -> Iterator[bytes]:
        for item in self._query(_parts_of(listing), "PART#"):
            if item["sk"]["S"] < _part_name(listing.parts):
                yield item["seen"]["B"]


def _item(listing: Listing) -> Item:
    texts = {
        "began": sortable(listing.began),
        "token": listing.token,
        "held_until": None if listing.held_until is None else sortable(listing.held_until),
    }
    return {
        **_KEY,
        **{name: {"S": text} for name, text in texts.items() if text is not None},
        "parts": number(listing.parts),
        "version": number(listing.version),
    }


def _part(listing: Listing, seen: bytes) -> Item:
    return {
        **item_key(_parts_of(listing), _part_name(listing.parts)),
        "seen": {"B": seen},
        "expires_at": number(int((listing.began + KEPT).timestamp())),
    }


def _parts_of(listing: Listing) -> str:
    return f"LISTING#{sortable(listing.began)}"


def _part_name(number_: int) -> str:
    return f"PART#{number_:06}"
