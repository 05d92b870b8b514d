"""Lists of domains, and their lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from onboarding.adapters.aws import error_code
from onboarding.adapters.dynamodb import mapping
from onboarding.adapters.dynamodb.table import Item, Table, body_of, item_key, number, string
from onboarding.domain.batch import Batch, Line, LineOutcome
from onboarding.domain.request import Ticket

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain

RETENTION: Final = timedelta(days=180)
WRITES: Final = 25
READS: Final = 100
"""Items that one call may hold, by DynamoDB's limits."""


class DynamoDbBatches(Table):
    """Implements ``BatchStore``."""

    def keep_batch(self, batch: Batch) -> bool:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_batch_item(batch),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def batch(self, batch_id: str) -> Batch | None:
        item = self._get(item_key(f"BATCH#{batch_id}", "BATCH"))
        return None if item is None else _to_batch(body_of(item))

    def save_batch(self, batch: Batch) -> None:
        self._client.put_item(TableName=self._table, Item=_batch_item(batch))

    def put_lines(self, batch_id: str, lines: Sequence[Line], at: datetime) -> None:
        expires = number(int((at + RETENTION).timestamp()))
        puts = [
            {"PutRequest": {"Item": {**_line_item(batch_id, line), "expires_at": expires}}}
            for line in lines
        ]
        for chunk in _chunks(puts, WRITES):
            unwritten: dict[str, Any] = {self._table: chunk}
            while unwritten:
                answer = self._client.batch_write_item(RequestItems=unwritten)
                unwritten = answer.get("UnprocessedItems") or {}

    def line(self, batch_id: str, line_number: int) -> Line | None:
        item = self._get(_line_key(batch_id, line_number))
        return None if item is None else _to_line(item)

    def end_line(self, batch_id: str, line: Line) -> None:
        assert line.outcome is not None
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_line_key(batch_id, line.number),
                UpdateExpression="SET outcome = :outcome, why = :why, request_id = :request",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(outcome)",
                ExpressionAttributeValues={
                    ":outcome": {"S": line.outcome.value},
                    ":why": {"S": line.why},
                    ":request": {"S": line.request_id or ""},
                },
            )
        except self._client.exceptions.ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise

    def lines(self, batch_id: str) -> Iterator[Line]:
        for item in self._query(f"BATCH#{batch_id}", "LINE#"):
            yield _to_line(item)

    def domains_named(self, names: Sequence[str]) -> Mapping[str, SendingDomain]:
        found: dict[str, SendingDomain] = {}
        keys = [item_key(f"DOMAIN#{name}", "DOMAIN") for name in names]
        for chunk in _chunks(keys, READS):
            unread: dict[str, Any] = {self._table: {"Keys": chunk, "ConsistentRead": True}}
            while unread:
                answer = self._client.batch_get_item(RequestItems=unread)
                for item in answer["Responses"].get(self._table, []):
                    domain = _to_domain(item)
                    found[domain.domain] = domain
                unread = answer.get("UnprocessedKeys") or {}
        return found


def _chunks(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _batch_item(batch: Batch) -> Item:
    body = {
        "batch_id": batch.batch_id,
        "ticket": {"source": batch.ticket.source, "ticket_id": batch.ticket.ticket_id},
        "account_id": batch.account_id,
        "at": batch.at.isoformat(),
        "lines": batch.lines,
        "waiting": batch.waiting,
        "approval_id": batch.approval_id,
        "within": batch.within,
        "places": batch.places,
        "trouble": batch.trouble,
    }
    return {
        **item_key(f"BATCH#{batch.batch_id}", "BATCH"),
        "body": {"S": json.dumps(body)},
        "expires_at": number(int((batch.at + RETENTION).timestamp())),
    }


def _to_batch(body: Mapping[str, Any]) -> Batch:
    given = {**body, "ticket": Ticket(**body["ticket"]), "at": datetime.fromisoformat(body["at"])}
    return Batch(**given)


def _line_key(batch_id: str, line_number: int) -> Item:
    return item_key(f"BATCH#{batch_id}", f"LINE#{line_number:06}")


def _line_item(batch_id: str, line: Line) -> Item:
    body = {"number": line.number, "name": line.name, "wish": line.wish, "place": line.place}
    item = {**_line_key(batch_id, line.number), "body": {"S": json.dumps(body)}}
    if line.outcome is not None:
        item |= {
            "outcome": {"S": line.outcome.value},
            "why": {"S": line.why},
            "request_id": {"S": line.request_id or ""},
        }
    return item


def _to_line(item: Item) -> Line:
    line, outcome = Line(**body_of(item)), string(item, "outcome")
    if outcome is None:
        return line
    return replace(
        line,
        outcome=LineOutcome(outcome),
        why=string(item, "why") or "",
        request_id=string(item, "request_id") or None,
    )


def _to_domain(item: Item) -> SendingDomain:
    return mapping.domain_from_json(
        body_of(item), item["state"]["S"], item["listed_at"]["S"], int(item["version"]["N"])
    )
