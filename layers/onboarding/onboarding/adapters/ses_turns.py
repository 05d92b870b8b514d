"""The line of those who wait for SES, as one item of the table, and another one for pollers."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from onboarding.adapters.aws import error_code
from onboarding.adapters.dynamodb.table import Item, item_key

THROTTLED: Final = frozenset(
    {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"}
)


class TooCrowded(Exception):
    """So many ask for turns at once that the item does not take more of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """``free_at``: when the next turn is free, for those who stand and wait for it. ``promised``:
    when the last of those who were sent away is to come back. Seconds since 1970, 0 for never."""

    free_at: float = 0.0
    promised: float = 0.0


class Turns(Protocol):
    """Each step is one atomic write; all may raise ``TooCrowded``. Times are as in ``Line``."""

    def line(self) -> Line: ...

    def take_idle(self, now: float, distance: float) -> bool:
        """Take the turn of ``now``; false where it is not free any more."""

    def take_next(self, now: float, latest: float, distance: float) -> float | None:
        """The turn behind all who wait; none where that is after ``latest``, or nobody waits."""

    def promise(self, after: float, distance: float) -> float:
        """A time to come back at: ``distance`` behind the last one promised, never before
        ``after``."""

    def take_shared(self, now: float, distance: float) -> bool:
        """For pollers: what they get once in ``distance``, however many they are."""


class DynamoDbTurns:
    """Implements ``Turns``: two items, however many wait."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def line(self) -> Line:
        try:
            answer = self._client.get_item(TableName=self._table, Key=_LINE, ConsistentRead=True)
        except self._client.exceptions.ClientError as error:
            raise _crowded(error) from error
        item = answer.get("Item", {})
        return Line(_seconds(item, "free_at"), _seconds(item, "promised"))

    def take_idle(self, now: float, distance: float) -> bool:
        return self._take_if_free(_LINE, now, distance)

    def take_shared(self, now: float, distance: float) -> bool:
        return self._take_if_free(_SHARED, now, distance)

    def _take_if_free(self, key: Item, now: float, distance: float) -> bool:
        values = {":now": _number(now), ":next": _number(now + distance)}
        free = "attribute_not_exists(free_at) OR free_at <= :now"
        return self._update(key, "SET free_at = :next", free, values) is not None

    def take_next(self, now: float, latest: float, distance: float) -> float | None:
        values = {
            ":distance": _number(distance),
            ":now": _number(now),
            ":latest": _number(latest),
        }
        queued = "free_at > :now AND free_at <= :latest"
        found = self._update(_LINE, "SET free_at = free_at + :distance", queued, values)
        return None if found is None else _seconds(found, "free_at") - distance

    def promise(self, after: float, distance: float) -> float:
        behind = {":after": _number(after), ":distance": _number(distance)}
        first = {":after": _number(after)}
        while True:
            found = self._update(
                _LINE, "SET promised = promised + :distance", "promised >= :after", behind
            ) or self._update(
                _LINE,
                "SET promised = :after",
                "attribute_not_exists(promised) OR promised < :after",
                first,
            )
            if found is not None:
                return _seconds(found, "promised")

    def _update(self, key: Item, update: str, condition: str, values: Item) -> Item | None:
        """What stands there now; none where the condition fails."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except self._client.exceptions.ClientError as error:
            raise _crowded(error) from error
        after: Item = answer["Attributes"]
        return after


_LINE: Final = item_key("BUDGET", "SES")
_SHARED: Final = item_key("BUDGET", "SES#POLLERS")


def _crowded(error: Exception) -> Exception:
    return TooCrowded(str(error)) if error_code(error) in THROTTLED else error


def _seconds(item: Item, name: str) -> float:
    return float(item.get(name, {}).get("N", "0"))


def _number(seconds: float) -> Item:
    return {"N": f"{seconds:.6f}"}
