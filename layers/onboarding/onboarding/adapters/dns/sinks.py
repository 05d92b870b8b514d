"""Replies that do not go straight to a check: from the first of several servers, or to several
checks that asked the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from onboarding.adapters.dns.asking import Budget, Reply, Upstreams
from onboarding.adapters.dns.outcomes import failure_of
from onboarding.adapters.dns.query import Query, Sink
from onboarding.adapters.dns.wire import Message
from onboarding.domain.observation import Failure

if TYPE_CHECKING:
    from onboarding.adapters.dns.config import Endpoint

_NOBODY_THERE = (Failure.TIMEOUT, Failure.UNREACHABLE)


class Race(Sink):
    """One question at each of several servers: whoever answers it first is preferred from then
    on. Takes replies by the server's place among `servers`."""

    __slots__ = (
        "_abandon",
        "_index",
        "_left",
        "_round",
        "_sink",
        "_upstreams",
        "queries",
        "servers",
    )

    def __init__(
        self,
        upstreams: Upstreams,
        abandon: Callable[[Query], None],
        sink: Sink,
        round_: int,
        index: int,
    ) -> None:
        self.servers: tuple[Endpoint, ...] = upstreams.servers
        self.queries: list[Query] = []
        self._upstreams = upstreams
        self._abandon = abandon
        self._sink: Sink | None = sink
        self._round = round_
        self._index = index
        self._left = len(self.servers)

    def take(self, round_: int, index: int, reply: Reply) -> None:
        """See Sink."""
        self._left -= 1
        if self._answers(reply):
            if len(self.servers) > 1:
                self._upstreams.prefer(self.servers[index])
            self._deliver(reply)
        elif not self._left:
            if reply in _NOBODY_THERE:
                self._upstreams.reconsider()
            self._deliver(reply)

    def unanswered(self, round_: int, index: int) -> None:
        """See Sink."""
        if self._sink is not None:
            self._sink.unanswered(self._round, self._index)

    def _answers(self, reply: Reply) -> bool:
        authoritative = self._upstreams.authoritative
        return isinstance(reply, Message) and not failure_of(reply, authoritative=authoritative)

    def _deliver(self, reply: Reply) -> None:
        sink, self._sink = self._sink, None
        queries, self.queries = self.queries, []
        for query in queries:
            self._abandon(query)
        if sink is not None:
            sink.take(self._round, self._index, reply)


Follower = tuple[Budget, Sink, int, int]
"""A check that waits for a shared reply: its budget, and where its reply goes."""


class Shared(Sink):
    """One question for all the checks that ask it at the same time.

    `ended` is told the reply and who waits for it, the first one being who paid for it.
    """

    __slots__ = ("_ended", "followers")

    def __init__(self, ended: Callable[[Reply, list[Follower]], None]) -> None:
        self.followers: list[Follower] = []
        self._ended = ended

    def take(self, round_: int, index: int, reply: Reply) -> None:
        """See Sink."""
        followers, self.followers = self.followers, []
        self._ended(reply, followers)

    def unanswered(self, round_: int, index: int) -> None:
        """See Sink."""
        for _, sink, of_round, at in self.followers:
            sink.unanswered(of_round, at)
