"""One DynamoDB table: reads, listings and conditional writes, and how values stand in its items."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from onboarding.adapters.aws import error_code
from onboarding.domain.addresses import is_address
from onboarding.port_errors import ConcurrentChange

Item = dict[str, Any]

LISTING_INDEX: Final = "by_listing"
SHARDS: Final = 16
"""Partitions of each listing: a state that a million domains share would be one hot key."""


class Table:
    """What the stores of the one table share.

    Reads that a decision rests on are consistent; lists come from the index and may lag.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def _get(self, key: Item) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _query(self, partition: str, prefix: str) -> Iterator[Item]:
        yield from self._pages(
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": partition}, ":prefix": {"S": prefix}},
        )

    def _listed(self, listing: str, before: datetime | None = None) -> Iterator[Item]:
        condition = "listing = :listing" + ("" if before is None else " AND listed_at < :before")
        for each in range(SHARDS):
            values: Item = {":listing": {"S": f"{listing}#{each:02}"}}
            if before is not None:
                values[":before"] = {"S": sortable(before)}
            yield from self._pages(
                IndexName=LISTING_INDEX,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
            )

    def _first_listed(self, listing: str, limit: int) -> Iterator[Item]:
        """The first ``limit`` of each shard: the first of all are among them."""
        for each in range(SHARDS):
            query = self._pages(
                IndexName=LISTING_INDEX,
                KeyConditionExpression="listing = :listing",
                ExpressionAttributeValues={":listing": {"S": f"{listing}#{each:02}"}},
                Limit=limit,
            )
            yield from islice(query, limit)

    def _pages(self, **query: Any) -> Iterator[Item]:
        while True:
            answer = self._client.query(TableName=self._table, **query)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _transact(self, *writes: Item) -> None:
        try:
            self._client.transact_write_items(TransactItems=list(writes))
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = {reason["Code"] for reason in error.response["CancellationReasons"]}
            if reasons <= {"None", "ConditionalCheckFailed", "TransactionConflict"}:
                raise ConcurrentChange(", ".join(sorted(reasons))) from error
            raise
        except self._client.exceptions.ClientError as error:
            if error_code(error) == "TransactionConflictException":
                raise ConcurrentChange(str(error)) from error
            raise

    def _put(self, item: Item, condition: str = "", values: Item | None = None) -> Item:
        return {"Put": self._write({"Item": item}, condition, values)}

    def _update(self, key: Item, update: str, condition: str, values: Item) -> Item:
        return {"Update": self._write({"Key": key, "UpdateExpression": update}, condition, values)}

    def _check(self, key: Item, condition: str, values: Item | None) -> Item:
        return {"ConditionCheck": self._write({"Key": key}, condition, values)}

    def _write(self, what: Item, condition: str, values: Item | None) -> Item:
        write = {"TableName": self._table, **what}
        if condition:
            write["ConditionExpression"] = condition
        if values:
            write["ExpressionAttributeValues"] = values
        return write


def unchanged(version: int | None) -> tuple[str, Item | None]:
    """The condition that an item is still as it was read: absent, or of this version."""
    if version is None:
        return "attribute_not_exists(pk)", None
    return "version = :seen", {":seen": number(version)}


def item_key(partition: str, sort: str) -> Item:
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def partition_of(subject: str) -> str:
    """Of a domain or an address."""
    return f"{'ADDRESS' if is_address(subject) else 'DOMAIN'}#{subject}"


def body_of(item: Item) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(item["body"]["S"])
    return body


def string(item: Item, name: str) -> str | None:
    value: str | None = item.get(name, {}).get("S")
    return value


def integer(item: Item | None, name: str) -> int:
    """The number, or 0 where there is none: a counter that was never raised."""
    return 0 if item is None else int(item.get(name, {}).get("N", "0"))


def number(value: int) -> Item:
    return {"N": str(value)}


def sortable(at: datetime) -> str:
    """UTC with a fixed number of digits, so that the order of texts is the order of times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def shard(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % SHARDS
