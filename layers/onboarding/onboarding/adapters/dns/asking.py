"""What a check asks, apart from how it is sent: rounds of questions, and what comes back.

A check is a generator. It yields the questions of a round, all of which may be put at once, and
is sent the replies in the same order. So the order of events is decided here and in `look`,
without a socket or a clock, and one engine can drive one check or thousands.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from onboarding.adapters.dns.wire import Message
from onboarding.domain.observation import Failure, Question

if TYPE_CHECKING:
    from onboarding.adapters.dns.config import Endpoint

Reply = Message | Failure
"""The response, whatever its code, or why there is none."""


class Upstreams:
    """Servers of which any may answer: resolvers, or name servers that were named by hand.

    A question goes to all of them at once until one has answered; that one is asked alone from
    then on, so that a dead one costs no time and the others are spared. When it fails in turn,
    all are asked again.
    """

    def __init__(self, servers: Sequence[Endpoint], *, authoritative: bool) -> None:
        self._all = tuple(servers)
        self.servers = self._all
        self.authoritative = authoritative

    def prefer(self, server: Endpoint) -> None:
        self.servers = (server,)

    def reconsider(self) -> None:
        self.servers = self._all


class Ask:
    """A question to a server, or to any of several.

    `recurse` and `unchecked` are the RD and CD bits. The reply to a `shared` question may be
    one that another check has got, as long as its time to live allows.

    A plain class with slots, as all that there is one of for every query: nothing is quicker to
    make and to read where this is compiled.
    """

    __slots__ = ("question", "recurse", "shared", "to", "unchecked")

    def __init__(
        self,
        to: Endpoint | Upstreams,
        question: Question,
        recurse: bool = False,
        unchecked: bool = False,
        shared: bool = False,
    ) -> None:
        self.to = to
        self.question = question
        self.recurse = recurse
        self.unchecked = unchecked
        self.shared = shared

    def unshared(self) -> Ask:
        """The same, to be asked for its own sake."""
        return Ask(self.to, self.question, self.recurse, self.unchecked)


T = TypeVar("T")
Asking = Generator[Sequence[Ask], Sequence[Reply], T]
"""Questions in rounds, in the end a result. A round is never empty."""


class Budget:
    """The queries that a check may still send: datagrams and connections, repeats included; and
    what it draws lots with where it cannot ask all, if it is to.

    `begun_at` is when its first query was sent, a time of `monotonic`; 0 before that.
    """

    __slots__ = ("begun_at", "queries_left", "rng")

    def __init__(self, queries: int, rng: Random | None = None) -> None:
        self.begun_at = 0.0
        self.queries_left = queries
        self.rng = rng


def ask(*asks: Ask) -> Asking[Sequence[Reply]]:
    """One round, which may be empty here."""
    return (yield asks) if asks else ()


def together(*askings: Asking[Any]) -> Asking[tuple[Any, ...]]:
    """Several askings side by side: the n-th round of all of them is one round."""
    results: list[Any] = [None] * len(askings)
    rounds: dict[int, Sequence[Ask]] = {}

    def advance(number: int, replies: Sequence[Reply] | None) -> None:
        rounds.pop(number, None)
        try:
            asking = askings[number]
            rounds[number] = next(asking) if replies is None else asking.send(replies)
        except StopIteration as ended:
            results[number] = ended.value

    for number in range(len(askings)):
        advance(number, None)
    while rounds:
        asked = dict(sorted(rounds.items()))
        replies = yield [each for some in asked.values() for each in some]
        at = 0
        for number, some in asked.items():
            advance(number, replies[at : at + len(some)])
            at += len(some)
    return tuple(results)
