"""Counting domains by their state, from the index."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from onboarding.adapters.dynamodb.table import LISTING_INDEX, SHARDS, Item, Table, sortable

if TYPE_CHECKING:
    from onboarding.domain.lifecycle import State


class DynamoDbCensus(Table):
    """Implements ``Census``."""

    def count(self, state: State, before: datetime | None = None) -> int:
        return self._count(f"STATE#{state}", before)

    def established(self) -> int:
        return self._count("DUE", None)

    def overdue(self, at: datetime) -> int:
        return self._count("DUE", at)

    def _count(self, listing: str, before: datetime | None) -> int:
        condition = "listing = :listing" + ("" if before is None else " AND listed_at < :before")
        total = 0
        for each in range(SHARDS):
            values: Item = {":listing": {"S": f"{listing}#{each:02}"}}
            if before is not None:
                values[":before"] = {"S": sortable(before)}
            query: dict[str, Any] = {
                "IndexName": LISTING_INDEX,
                "KeyConditionExpression": condition,
                "ExpressionAttributeValues": values,
                "Select": "COUNT",
            }
            while True:
                answer = self._client.query(TableName=self._table, **query)
                total += answer["Count"]
                if "LastEvaluatedKey" not in answer:
                    break
                query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return total
