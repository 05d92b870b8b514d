"""How the ticket systems are set up, and what became of the comments for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from onboarding.adapters.aws import error_code
from onboarding.adapters.dynamodb.table import Item, Table, body_of, integer, item_key, string
from onboarding.domain.outgoing_comment import ClaimedElsewhere, OutgoingComment

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket


class DynamoDbDesks(Table):
    """Implements ``SourceSettingsStore`` and ``CommentOutbox``.

    A comment has no ``delivery`` at first; then it is ``claimed`` (``until`` when), ``waiting``
    again where it certainly did not arrive, and in the end ``delivered`` or ``refused``.
    """

    def source_settings(self, source: str) -> Mapping[str, Any] | None:
        item = self._get(item_key(f"SOURCE#{source}", "SETTINGS"))
        return None if item is None else body_of(item)

    def put_source_settings(self, source: str, settings: Mapping[str, Any]) -> None:
        item = item_key(f"SOURCE#{source}", "SETTINGS")
        item["body"] = {"S": json.dumps(settings)}
        self._client.put_item(TableName=self._table, Item=item)

    def claim_comment(
        self, ticket: Ticket, key: str, at: datetime, until: datetime
    ) -> OutgoingComment | ClaimedElsewhere | None:
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(ticket, key),
                UpdateExpression="SET delivery = :claimed, claimed_until = :until "
                "ADD attempts :one",
                ConditionExpression="attribute_exists(pk) AND (attribute_not_exists(delivery) OR "
                "delivery = :waiting OR (delivery = :claimed AND claimed_until < :at))",
                ExpressionAttributeValues={
                    ":claimed": {"S": "claimed"},
                    ":waiting": {"S": "waiting"},
                    ":until": {"S": _time(until)},
                    ":at": {"S": _time(at)},
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_OLD",
            )
        except self._client.exceptions.ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return _claimed_elsewhere(self._get(_key(ticket, key)), at)
        old = answer["Attributes"]
        body = body_of(old)
        return OutgoingComment(
            text=body["text"],
            public=body["public"],
            attempts=integer(old, "attempts") + 1,
            in_doubt=string(old, "delivery") == "claimed",
        )

    def release_comment(self, ticket: Ticket, key: str) -> None:
        self._set(ticket, key, "SET delivery = :value", {":value": {"S": "waiting"}})

    def doubt_comment(self, ticket: Ticket, key: str, until: datetime) -> None:
        self._set(ticket, key, "SET claimed_until = :value", {":value": {"S": _time(until)}})

    def record_comment(self, ticket: Ticket, key: str, at: datetime) -> None:
        self._end(ticket, key, "delivered", at, "")

    def refuse_comment(self, ticket: Ticket, key: str, why: str, at: datetime) -> None:
        self._end(ticket, key, "refused", at, why)

    def reopen_comment(self, ticket: Ticket, key: str) -> None:
        item = self._get(_key(ticket, key))
        if item is not None and string(item, "delivery") == "refused":
            self.release_comment(ticket, key)

    def comment_delivery(self, ticket: Ticket, key: str) -> tuple[str, str]:
        """``delivered``, ``refused`` with the reason, or what else it is by now."""
        item = self._get(_key(ticket, key)) or {}
        return string(item, "delivery") or "waiting", string(item, "delivery_note") or ""

    def _end(self, ticket: Ticket, key: str, how: str, at: datetime, why: str) -> None:
        self._set(
            ticket,
            key,
            "SET delivery = :value, delivered_at = :at, delivery_note = :why",
            {":value": {"S": how}, ":at": {"S": _time(at)}, ":why": {"S": why}},
        )

    def _set(self, ticket: Ticket, key: str, update: str, values: Item) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_key(ticket, key),
            UpdateExpression=update,
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues=values,
        )


def _claimed_elsewhere(item: Item | None, at: datetime) -> ClaimedElsewhere | None:
    if item is None or string(item, "delivery") in ("delivered", "refused"):
        return None
    until = string(item, "claimed_until")
    # Released between the claim and this look: it is free already.
    return ClaimedElsewhere(datetime.fromisoformat(until) if until else at + timedelta(seconds=1))


def _key(ticket: Ticket, key: str) -> Item:
    return item_key(f"TICKET#{ticket}", f"COMMENT#{key}")


def _time(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
