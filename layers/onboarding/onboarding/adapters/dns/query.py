"""One question on its way to one server."""

from __future__ import annotations

import socket
from typing import Protocol

from onboarding.adapters.dns.asking import Ask, Budget, Reply
from onboarding.adapters.dns.channel import Place
from onboarding.adapters.dns.config import Endpoint
from onboarding.adapters.dns.wire import Asked, encode_query


class Sink(Protocol):
    """Where a reply goes; `round_` and `index` say which question it is the reply to."""

    def take(self, round_: int, index: int, reply: Reply) -> None: ...


class Query:
    """A plain class with slots, not a dataclass: there is one for every datagram.

    `sink` is None as soon as nobody waits for it any more. `tried` counts the tries that timed
    out before this one; `sent_at` is a time of `monotonic`; `unfit` says that something came
    which does not fit.
    """

    __slots__ = (
        "address", "asking", "budget", "edns", "family", "index", "place", "recurse", "round",
        "sent_at", "sink", "tried", "unchecked", "unfit",
    )  # fmt: skip

    def __init__(
        self,
        asking: Asked,
        to: tuple[socket.AddressFamily, Endpoint],
        ask: Ask,
        budget: Budget,
        sink: Sink,
        round_: int,
        index: int,
    ) -> None:
        self.asking = asking
        self.family, self.address = to
        self.recurse = ask.recurse
        self.unchecked = ask.unchecked
        self.budget = budget
        self.sink: Sink | None = sink
        self.round = round_
        self.index = index
        self.edns = True
        self.tried = 0
        self.sent_at = 0.0
        self.unfit = False
        self.place: Place | None = None

    def octets(self, id_: int) -> bytes:
        return encode_query(
            id_, self.asking, recurse=self.recurse, edns=self.edns, unchecked=self.unchecked
        )

    def again(self) -> Query:
        """The same for another try; this one is over."""
        other: Query = Query.__new__(Query)
        for name in Query.__slots__:
            setattr(other, name, getattr(self, name))
        other.unfit, other.place = False, None
        self.sink = None
        return other

    def reply(self, reply: Reply) -> None:
        """Hand the reply on; this one is over."""
        sink, self.sink = self.sink, None
        if sink is not None:
            sink.take(self.round, self.index, reply)
