"""How scopes of feedback stood when they were last weighed: ``FLAGS#WATCH`` / the scope's key."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from onboarding.adapters.dynamodb.table import (
    Item,
    Table,
    body_of,
    integer,
    item_key,
    number,
    unchanged,
)
from onboarding.domain.feedback_rates import Crossing, FeedbackWatch, Level, Measure
from onboarding.port_errors import ConcurrentChange


class DynamoDbFeedbackWatches(Table):
    """Implements ``FeedbackWatches``."""

    def watch(self, key: str) -> FeedbackWatch:
        item = self._get(_key(key))
        return FeedbackWatch(key) if item is None else _from_json(key, body_of(item), item)

    def save_watch(self, changed: FeedbackWatch) -> FeedbackWatch:
        saved = replace(changed, version=changed.version + 1)
        condition, values = unchanged(changed.version or None)
        optional: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        body = {"S": json.dumps(_to_json(saved), separators=(",", ":"))}
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**_key(saved.key), "version": number(saved.version), "body": body},
                ConditionExpression=condition,
                **optional,
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise ConcurrentChange(changed.key) from error
        return saved


def _key(key: str) -> Item:
    return item_key(f"FLAGS#WATCH#{key}", "WATCH")


def _to_json(watch: FeedbackWatch) -> dict[str, Any]:
    return {
        "levels": {measure.value: int(level) for measure, level in watch.levels.items()},
        "weighed_at": watch.weighed_at.isoformat() if watch.weighed_at else None,
        "crossings": watch.crossings,
        "pending": [
            {"measure": c.measure, "level": int(c.level), "number": c.number, "text": c.text}
            for c in watch.pending
        ],
    }


def _from_json(key: str, data: dict[str, Any], item: Item) -> FeedbackWatch:
    weighed_at = data["weighed_at"]
    return FeedbackWatch(
        key,
        {Measure(name): Level(level) for name, level in data["levels"].items()},
        datetime.fromisoformat(weighed_at) if weighed_at else None,
        data["crossings"],
        tuple(
            Crossing(Measure(c["measure"]), Level(c["level"]), c["number"], c["text"])
            for c in data["pending"]
        ),
        integer(item, "version"),
    )
