"""Watches in the table: listed by when they are due, read and written in bulk."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from onboarding.adapters.dynamodb.store import to_domain
from onboarding.adapters.dynamodb.table import (
    LISTING_INDEX,
    SHARDS,
    Item,
    Table,
    item_key,
    sortable,
)
from onboarding.adapters.dynamodb.watch_items import to_watch, watch_item, watch_key
from onboarding.domain.onboarding import SendingDomain
from onboarding.domain.watch import Due, Watch, Window

SWEEP: Final = timedelta(minutes=30)
"""How often a window reaches back to the beginning: longer than a queue that works takes."""

_PAGE: Final = 100
"""Keys in one BatchGetItem, at most."""

_CURSOR: Final = item_key("POLL", "CURSOR")

Found = tuple[SendingDomain | None, Watch | None]


class DynamoDbDomainWatches(Table):
    """Implements ``WatchStore``."""

    def take_window(self, until: datetime) -> Window | None:
        cursor = self._get(_CURSOR)
        if cursor is None:
            first = self._move(until, until, "attribute_not_exists(pk)", None)
            return Window(None, until) if first else None
        since = datetime.fromisoformat(cursor["taken_until"]["S"])
        swept = datetime.fromisoformat(cursor["swept_at"]["S"])
        if since >= until:
            return None
        sweeps = until - swept >= SWEEP
        seen = {":seen": cursor["taken_until"]}
        if not self._move(until, until if sweeps else swept, "taken_until = :seen", seen):
            return None
        return Window(None if sweeps else since, until)

    def _move(self, until: datetime, swept: datetime, condition: str, values: Item | None) -> bool:
        """Move the cursor on, unless somebody else has."""
        item = {
            **_CURSOR,
            "taken_until": {"S": sortable(until)},
            "swept_at": {"S": sortable(swept)},
        }
        return self._put_if(item, condition, values)

    def due(self, window: Window) -> Iterator[Due]:
        # Both ends of BETWEEN are included: what is due at the end of a window is not in the next.
        begin = "0" if window.since is None else sortable(window.since + timedelta(microseconds=1))
        for each in range(SHARDS):
            items = self._pages(
                IndexName=LISTING_INDEX,
                KeyConditionExpression="listing = :due AND listed_at BETWEEN :since AND :until",
                ExpressionAttributeValues={
                    ":due": {"S": f"DUE#{each:02}"},
                    ":since": {"S": begin},
                    ":until": {"S": sortable(window.until)},
                },
                ProjectionExpression="pk, listed_at",
            )
            for item in items:
                at = datetime.fromisoformat(item["listed_at"]["S"])
                yield Due(item["pk"]["S"].removeprefix("DOMAIN#"), at)

    def watched(self, domains: Sequence[str]) -> Mapping[str, Found]:
        names = list(dict.fromkeys(domains))
        keys = [key for name in names for key in (_domain_key(name), watch_key(name))]
        items: dict[tuple[str, str], Item] = {}
        for begin in range(0, len(keys), _PAGE):
            for item in self._batch(keys[begin : begin + _PAGE]):
                items[item["pk"]["S"], item["sk"]["S"]] = item
        return {name: _found(items, name) for name in names}

    def _batch(self, keys: list[Item]) -> Iterator[Item]:
        wanted: Any = {self._table: {"Keys": keys}}
        while wanted:
            answer = self._client.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(self._table, ())
            wanted = answer.get("UnprocessedKeys")

    def save_watch(self, watch: Watch, seen: datetime) -> bool:
        values = {":seen": {"S": sortable(seen)}}
        return self._put_if(watch_item(watch), "listed_at = :seen", values)

    def begin_watch(self, domain: str, at: datetime) -> bool:
        return self._put_if(watch_item(Watch(domain, at)), "attribute_not_exists(pk)", None)

    def _put_if(self, item: Item, condition: str, values: Item | None) -> bool:
        put = self._write({"Item": item}, condition, values)
        try:
            self._client.put_item(**put)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def hasten(self, domain: str, ses: str, at: datetime) -> bool:
        return self._update_if(
            domain,
            "SET ses = :ses, ses_changed = :yes, listed_at = :at",
            "attribute_exists(pk)",
            {":ses": {"S": ses}, ":yes": {"BOOL": True}, ":at": {"S": sortable(at)}},
        )

    def advance_check(self, domain: str, at: datetime) -> bool:
        # Of what does not exist, no attribute is greater than anything.
        values = {":at": {"S": sortable(at)}}
        return self._update_if(domain, "SET listed_at = :at", "listed_at > :at", values)

    def _update_if(self, domain: str, update: str, condition: str, values: Item) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=watch_key(domain),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def end_watch(self, domain: str) -> None:
        self._client.delete_item(TableName=self._table, Key=watch_key(domain))

    def watches(self) -> Iterator[Watch]:
        for item in self._listed("DUE"):
            yield to_watch(item)


def _domain_key(domain: str) -> Item:
    return item_key(f"DOMAIN#{domain}", "DOMAIN")


def _found(items: Mapping[tuple[str, str], Item], name: str) -> Found:
    domain = items.get((f"DOMAIN#{name}", "DOMAIN"))
    watch = items.get((f"DOMAIN#{name}", "WATCH"))
    return (
        None if domain is None else to_domain(domain),
        None if watch is None else to_watch(watch),
    )
