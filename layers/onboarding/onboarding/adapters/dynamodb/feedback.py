"""Flags, and what of domains they are decided by, in the same table as everything else.

| pk | sk | what |
|---|---|---|
| ``FLAGS#account#domain`` | ``FLAG#day#feedback#recipient`` | one flag; gone by TTL |
| ``FLAGS#account#domain`` | ``TOUCHED#day`` | flags came to that day; listed as ``TOUCHED`` |
| ``FLAGS`` | ``account#domain`` | that there are such flags; gone by TTL |

A flag's key follows from the feedback and the recipient, and its content from them and from what no
longer changes: writing it again changes nothing, so flags go in batches, without conditions, in any
order. Serialising is most of what a flag costs: hence four attributes, with the rest as one text.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from onboarding.adapters.dynamodb.history_mapping import history_from_json
from onboarding.adapters.dynamodb.table import (
    Item,
    Table,
    body_of,
    item_key,
    number,
    shard,
    sortable,
)
from onboarding.domain.addresses import is_address
from onboarding.domain.feedback import UNKNOWN_ACCOUNT, Flag, Touched
from onboarding.domain.feedback_event import FeedbackKind
from onboarding.domain.responsibility import Responsible, SenderHistory
from onboarding.port_errors import ConcurrentChange

WRITES: Final = 25
READS: Final = 100
"""Items of one call of BatchWriteItem and BatchGetItem, at most."""

PAUSES: Final = (0.05, 0.2, 0.5)
"""Seconds before what DynamoDB left over is offered again; then the queue brings it again."""

_LONGEST_PART: Final = 200
_REGISTER: Final = "FLAGS"
_Key = tuple[str, str]


class _Batches(Table):
    """Reads and writes of many items."""

    _pause: Callable[[float], object] = staticmethod(time.sleep)

    def _put_all(self, items: Mapping[_Key, Item]) -> set[_Key]:
        """Write them; the keys of those that DynamoDB did not take."""
        left = self._write_all([{"PutRequest": {"Item": item}} for item in items.values()])
        return {_key_of(put["PutRequest"]["Item"]) for put in left}

    def _delete_all(self, keys: Iterable[_Key]) -> set[_Key]:
        """Delete them; the keys of those that DynamoDB did not take."""
        left = self._write_all([{"DeleteRequest": {"Key": item_key(*key)}} for key in keys])
        return {_key_of(delete["DeleteRequest"]["Key"]) for delete in left}

    def _write_all(self, requests: Sequence[Item]) -> list[Item]:
        left: list[Item] = []
        for start in range(0, len(requests), WRITES):
            left += self._write_batch(list(requests[start : start + WRITES]))
        return left

    def _write_batch(self, requests: list[Item]) -> list[Item]:
        for pause in (*PAUSES, None):
            answer = self._client.batch_write_item(RequestItems={self._table: requests})
            requests = answer.get("UnprocessedItems", {}).get(self._table, [])
            if not requests or pause is None:
                break
            self._pause(pause)
        return requests

    def _get_all(self, keys: Sequence[Item]) -> Iterator[Item]:
        for start in range(0, len(keys), READS):
            yield from self._get_batch(list(keys[start : start + READS]))

    def _get_batch(self, keys: list[Item]) -> Iterator[Item]:
        for pause in (*PAUSES, None):
            wanted = {self._table: {"Keys": keys, "ConsistentRead": True}}
            answer = self._client.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(self._table, [])
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            if not keys:
                return
            if pause is not None:
                self._pause(pause)
        raise ConcurrentChange("DynamoDB is too busy to read from")


def _key_of(item: Item) -> _Key:
    return item["pk"]["S"], item["sk"]["S"]


class DynamoDbHistories(_Batches):
    """Implements ``SenderHistories``: reads the domains' and addresses' own items."""

    def histories(self, names: Mapping[str, datetime]) -> dict[str, SenderHistory]:
        found = {}
        for item in self._get_all([_sender_key(name) for name in names]):
            name = item["pk"]["S"].partition("#")[2]
            since = item["listed_at"]["S"]
            found[name] = history_from_json(name, body_of(item), since)
        return found


def _sender_key(name: str) -> Item:
    kind = "ADDRESS" if is_address(name) else "DOMAIN"
    return item_key(f"{kind}#{name}", kind)


class DynamoDbFlags(_Batches):
    """Implements ``FlagStore``. Flags are kept for ``retention`` after they were last recorded."""

    def __init__(self, client: Any, table: str, retention: timedelta) -> None:
        super().__init__(client, table)
        self._retention = retention
        self._registered: set[tuple[str, date]] = set()

    def record(self, flags: Sequence[Flag], at: datetime) -> set[Flag]:
        expires = number(int((at + self._retention).timestamp()))
        by_key = {_flag_key(flag): flag for flag in flags}
        left = self._put_all({key: _flag_item(key, f, expires) for key, f in by_key.items()})
        failed = {by_key[key] for key in left}
        # The touch comes last: whoever weighs a day finds every flag that it speaks of.
        failed |= self._touch([f for f in flags if f not in failed], at, expires)
        return failed

    def _touch(self, flags: Sequence[Flag], at: datetime, expires: Item) -> set[Flag]:
        days = {_day_key(f.account_id, f.domain, f.at.date()): f for f in flags}
        pairs = {_pair(f.account_id, f.domain): f for f in days.values()}
        new = {pair: f for pair, f in pairs.items() if (pair, at.date()) not in self._registered}
        items = {(_REGISTER, pair): _register_item(f, expires) for pair, f in new.items()}
        for key, flag in days.items():
            if flag.account_id != UNKNOWN_ACCOUNT:
                items[key] = _touched_item(key, flag, at, expires)
        left = self._put_all(items)
        self._registered |= {(pair, at.date()) for pair in new if (_REGISTER, pair) not in left}
        return {
            f
            for f in flags
            if _day_key(f.account_id, f.domain, f.at.date()) in left
            or (_REGISTER, _pair(f.account_id, f.domain)) in left
        }

    def forget(self, flags: Sequence[Flag]) -> set[Flag]:
        by_key = {_flag_key(flag): flag for flag in flags}
        return {by_key[key] for key in self._delete_all(by_key)}

    def flags(
        self,
        account_id: str | None = None,
        domain: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Iterator[Flag]:
        for account, name in self._pairs(account_id, domain):
            for item in self._items(account, name, since, until):
                yield _to_flag(account, name, body_of(item))

    def _pairs(self, account_id: str | None, domain: str | None) -> Iterator[tuple[str, str]]:
        prefix = "" if account_id is None else f"{account_id}#"
        for item in self._query(_REGISTER, prefix) if prefix else self._whole(_REGISTER):
            account, _, name = item["sk"]["S"].rpartition("#")
            wanted = account == account_id
            if account_id is None:
                wanted = account != UNKNOWN_ACCOUNT
            if wanted and domain in (None, name):
                yield account, name

    def _whole(self, partition: str) -> Iterator[Item]:
        yield from self._pages(
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
        )

    def _items(
        self, account: str, domain: str, since: date | None, until: date | None
    ) -> Iterator[Item]:
        # A tilde sorts behind every digit.
        last = f"{until.isoformat()}~" if until else "~"
        yield from self._pages(
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": _partition(account, domain)},
                ":first": {"S": f"FLAG#{since.isoformat()}" if since else "FLAG#"},
                ":last": {"S": f"FLAG#{last}"},
            },
        )

    def touched(self) -> Iterator[Touched]:
        for item in self._listed("TOUCHED"):
            account, _, domain = item["pk"]["S"].removeprefix("FLAGS#").rpartition("#")
            day = date.fromisoformat(item["sk"]["S"].removeprefix("TOUCHED#"))
            yield Touched(account, domain, day, item["stamp"]["S"])

    def settle(self, touched: Touched) -> bool:
        key = _day_key(touched.account_id, touched.domain, touched.day)
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=item_key(*key),
                ConditionExpression="attribute_not_exists(pk) OR stamp = :seen",
                ExpressionAttributeValues={":seen": {"S": touched.stamp}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def erase(self, recipient_hash: str) -> int:
        erased = 0
        pairs = (*self._pairs(None, None), *self._pairs(UNKNOWN_ACCOUNT, None))
        for account, domain in pairs:
            for item in list(self._items(account, domain, None, None)):
                if body_of(item)["recipient_hash"] == recipient_hash:
                    self._client.delete_item(TableName=self._table, Key=item_key(*_key_of(item)))
                    erased += 1
        return erased


def _partition(account: str, domain: str) -> str:
    return f"FLAGS#{account}#{domain}"


def _pair(account: str, domain: str) -> str:
    return f"{account}#{domain}"


def _day_key(account: str, domain: str, day: date) -> _Key:
    return _partition(account, domain), f"TOUCHED#{day.isoformat()}"


def _flag_key(flag: Flag) -> _Key:
    feedback = flag.feedback_id
    if len(feedback) > _LONGEST_PART:
        feedback = hashlib.sha256(feedback.encode()).hexdigest()
    sort = f"FLAG#{flag.at.date().isoformat()}#{feedback}#{flag.recipient_hash}"
    return _partition(flag.account_id, flag.domain), sort


def _flag_item(key: _Key, flag: Flag, expires: Item) -> Item:
    body = {
        "at": flag.at.isoformat(),
        "organisation_id": flag.organisation_id,
        "kind": flag.kind,
        "type": flag.type,
        "subtype": flag.subtype,
        "responsible": flag.responsible,
        "feedback_id": flag.feedback_id,
        "recipient_hash": flag.recipient_hash,
        "recipient_domain": flag.recipient_domain,
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return {**item_key(*key), "body": {"S": text}, "expires_at": expires}


def _to_flag(account: str, domain: str, body: Mapping[str, Any]) -> Flag:
    return Flag(
        datetime.fromisoformat(body["at"]),
        account,
        body["organisation_id"],
        domain,
        FeedbackKind(body["kind"]),
        body["type"],
        body["subtype"],
        Responsible(body["responsible"]),
        body["feedback_id"],
        body["recipient_hash"],
        body["recipient_domain"],
    )


def _register_item(flag: Flag, expires: Item) -> Item:
    key = item_key(_REGISTER, _pair(flag.account_id, flag.domain))
    return {**key, "expires_at": expires}


def _touched_item(key: _Key, flag: Flag, at: datetime, expires: Item) -> Item:
    return {
        **item_key(*key),
        "stamp": {"S": uuid4().hex},
        "listing": {"S": f"TOUCHED#{shard(flag.domain):02}"},
        "listed_at": {"S": sortable(at)},
        "expires_at": expires,
    }
