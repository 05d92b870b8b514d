"""One question on its way to one server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.adapters.dns.wire import Asked, query_body

if TYPE_CHECKING:
    from onboarding.adapters.dns.asking import Ask, Budget, Reply
    from onboarding.adapters.dns.sockets import Id, Server, Socket


class Sink:
    """Where a reply goes. A class to inherit from rather than a protocol: calls to it are a good
    deal faster where this is compiled."""

    __slots__ = ()

    def take(self, round_: int, index: int, reply: Reply) -> None:
        """`round_` and `index` say which question it is the reply to."""
        raise NotImplementedError

    def unanswered(self, round_: int, index: int) -> None:
        """Whom that question went to has let a whole try pass; another one follows."""


class Query(Asked):
    """A plain class with slots, not a dataclass: there is one for every datagram.

    `sink` is None as soon as nobody waits for it any more. `tried` counts the tries that timed
    out before this one; `sent_at` is a time of `monotonic`; `unfit` says that something came
    which does not fit. The rest is the channel's.

    Raises WireError for a question that has no form on the wire.
    """

    __slots__ = (
        "ask", "body", "budget", "edns", "id", "index", "round", "sent_at", "server",
        "sink", "socket", "tried", "unfit",
    )  # fmt: skip

    def __init__(
        self, ask: Ask, server: Server, budget: Budget, sink: Sink, round_: int, index: int
    ) -> None:
        super().__init__(ask.question)
        self.ask = ask
        self.body = query_body(self, recurse=ask.recurse, edns=True, unchecked=ask.unchecked)
        self.server = server
        self.budget = budget
        self.sink: Sink | None = sink
        self.round = round_
        self.index = index
        self.edns = True
        self.tried = 0
        self.sent_at = 0.0
        self.unfit = False
        self.socket: Socket | None = None
        self.id: Id = b""

    def again(self) -> Query:
        """The same for another try; this one is over."""
        assert self.sink is not None
        other = Query(self.ask, self.server, self.budget, self.sink, self.round, self.index)
        other.body, other.edns, other.tried = self.body, self.edns, self.tried
        self.sink = None
        return other

    def without_edns(self) -> Query:
        """The same for a server that does not know EDNS."""
        other, ask = self.again(), self.ask
        other.edns = False
        other.body = query_body(other, recurse=ask.recurse, edns=False, unchecked=ask.unchecked)
        return other

    def reply(self, reply: Reply) -> None:
        """Hand the reply on; this one is over."""
        sink, self.sink = self.sink, None
        if sink is not None:
            sink.take(self.round, self.index, reply)
