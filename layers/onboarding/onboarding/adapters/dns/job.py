"""A check under way: its round of questions, and the replies that have come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from onboarding.adapters.dns.asking import Ask, Asking, Budget, Reply
from onboarding.adapters.dns.query import Sink
from onboarding.domain.observation import Failure

Put = Callable[[Ask, Budget, Sink, int, int], None]
"""Puts a question, within a budget; the reply goes to the sink, for a round and an index."""
Done = Callable[[Any, BaseException | None], None]
"""Takes the result, or the error that the check itself has raised."""


class Job(Sink):
    """Drives one asking from round to round, for `timeout` seconds from its first query on."""

    __slots__ = (
        "_asking", "_done", "_missing", "_put", "_replies", "_round", "_sending", "_timeout",
        "_unanswered", "budget",
    )  # fmt: skip

    def __init__(
        self, asking: Asking[Any], budget: Budget, timeout: float, put: Put, done: Done
    ) -> None:
        self.budget = budget
        self._timeout = timeout
        self._asking: Asking[Any] | None = asking
        self._put = put
        self._done = done
        self._replies: list[Reply | None] = []
        self._missing = 0
        self._round = 0
        self._sending = False
        self._unanswered: set[int] = set()

    @property
    def is_over(self) -> bool:
        return self._asking is None

    @property
    def deadline(self) -> float:
        """A time of `monotonic`: what waits for its turn loses none."""
        return self.budget.begun_at + self._timeout if self.budget.begun_at else inf

    def advance(self) -> None:
        """Hand the replies in and send the next round; again for as long as no reply has to be
        waited for."""
        assert self._asking is not None
        replies: Any = self._replies if self._round else None
        while True:
            try:
                asks: Sequence[Ask] = self._asking.send(replies)
            except StopIteration as ended:
                self._end(ended.value, None)
                return
            except Exception as error:
                self._end(None, error)
                return
            self._send(asks)
            if self._missing:
                return
            replies = self._replies

    def _send(self, asks: Sequence[Ask]) -> None:
        self._round += 1
        self._replies = [None] * len(asks)
        self._missing = len(asks)
        self._unanswered.clear()
        self._sending = True
        put, budget, round_ = self._put, self.budget, self._round
        for index, ask in enumerate(asks):
            put(ask, budget, self, round_, index)
        self._sending = False

    def take(self, round_: int, index: int, reply: Reply) -> None:
        """See Sink. What comes late is passed over."""
        if round_ != self._round or self._replies[index] is not None:
            return
        self._replies[index] = reply
        self._missing -= 1
        if not self._missing and not self._sending:
            self.advance()

    def unanswered(self, round_: int, index: int) -> None:
        """See Sink."""
        if round_ == self._round:
            self._unanswered.add(index)

    def expire(self) -> None:
        """The time is up, and nothing more is sent. What has not come is a time-out where a whole
        try has passed; of the rest nobody knows what would have come."""
        self.budget.queries_left = 0
        round_ = self._round
        for index, reply in enumerate(self._replies):
            if reply is None:
                silent = round_ == self._round and index in self._unanswered
                self.take(round_, index, Failure.TIMEOUT if silent else Failure.NOT_ASKED)

    def _end(self, result: Any, error: BaseException | None) -> None:
        done = self._done
        self._asking = None
        self._round += 1  # so that nothing more is taken
        self._replies = []
        done(result, error)
