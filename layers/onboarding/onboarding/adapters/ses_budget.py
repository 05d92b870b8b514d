"""One budget for all control requests to SES, kept in the table: SES allows about one a second to
the whole account, and says no more than "too many" to whoever comes too soon."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from onboarding.adapters.dynamodb.table import Item, item_key
from onboarding.ports import SesBusy

MARGIN: Final = 1.05
"""Requests that leave a second apart arrive a little less or more than a second apart."""

MOST_AHEAD: Final = 15.0
"""Seconds that a function waits for its turn; who would wait longer comes again later."""

_KEY: Final = item_key("BUDGET", "SES")


@dataclass(frozen=True, slots=True)
class RealTime:
    """Real seconds: SES counts the callers' real pace, even where the system's clock is made to
    run ``rate`` times as fast."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    rate: float = 1.0


class SesBudget:
    """A bucket of one token that is filled ``rate`` times a second, with turns kept in order.

    The item holds when the next request may leave. Taking a turn moves that on by the distance of
    two requests, in one conditional write, and waits until the turn has come.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        rate: float,
        time: RealTime,
        *,
        spare_after: float | None = None,
        most_ahead: float = MOST_AHEAD,
    ) -> None:
        """``spare_after``: take only what nobody else wants, and a turn like everybody's after so
        many seconds without luck; none for callers that onboardings wait for. ``most_ahead``:
        seconds to wait for a turn at most."""
        self._client, self._table = client, table
        self._distance = MARGIN / rate
        self._time = time
        self._spare_after = spare_after
        self._most_ahead = most_ahead

    def watch(self, ses: Any) -> Any:
        """Let every request of the client ``ses``, each repeat as well, wait for its turn."""
        ses.meta.events.register("before-send.sesv2", self._before_send)
        return ses

    def _before_send(self, **_: Any) -> None:
        self.take()

    def take(self) -> None:
        """Returns when the turn has come; raises ``SesBusy`` where too many wait already."""
        if self._spare_after is not None and self._take_spare(self._spare_after):
            return
        while not self._take_idle():
            turn = self._take_turn()
            if turn is not None:
                self._time.sleep(max(0.0, turn - self._time.now()))
                return
            self._refuse_if_full()

    def _take_spare(self, patience: float) -> bool:
        deadline = self._time.now() + patience
        while not self._take_idle():
            if self._time.now() >= deadline:
                return False
            self._time.sleep(self._distance)
        return True

    def _take_idle(self) -> bool:
        """Nobody waits: the turn is now."""
        now = self._time.now()
        values = {":now": _number(now), ":next": _number(now + self._distance)}
        idle = "attribute_not_exists(pk) OR free_at <= :now"
        return self._update("SET free_at = :next", idle, values) is not None

    def _take_turn(self) -> float | None:
        """When the turn behind all others will be; none where that is too far ahead."""
        now = self._time.now()
        values = {
            ":distance": _number(self._distance),
            ":now": _number(now),
            ":latest": _number(now + self._most_ahead),
        }
        queued = "free_at > :now AND free_at <= :latest"
        found = self._update("SET free_at = free_at + :distance", queued, values)
        return None if found is None else float(found["free_at"]["N"])

    def _update(self, update: str, condition: str, values: Item) -> Item | None:
        """What stood there before, nothing for a new item; none where the condition fails."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_KEY,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        before: Item = answer.get("Attributes", {})
        return before

    def _refuse_if_full(self) -> None:
        """Between two writes somebody else may have come or gone: then it is tried again."""
        item = self._client.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)["Item"]
        ahead = float(item["free_at"]["N"]) - self._time.now()
        if ahead > self._most_ahead:
            wait = math.ceil(ahead * self._time.rate)
            raise SesBusy("others wait for Amazon SES", wait_seconds=wait)


def _number(seconds: float) -> Item:
    return {"N": f"{seconds:.6f}"}
