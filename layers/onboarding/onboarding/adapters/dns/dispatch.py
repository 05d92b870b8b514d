"""Puts questions on the wire, and hands in what comes back.

What it adds to the questions: tries, TCP on truncation, a repeat without EDNS, the pace of all of
them together, and name servers that many domains share, which are looked up once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from math import inf
from random import Random
from time import monotonic
from typing import TYPE_CHECKING, Final

from onboarding.adapters.dns.asking import Ask, Budget, Reply, Upstreams
from onboarding.adapters.dns.channel import Busy, Channel, Receiver
from onboarding.adapters.dns.memory import Memory
from onboarding.adapters.dns.query import Query, Sink
from onboarding.adapters.dns.sinks import Follower, Race, Shared
from onboarding.adapters.dns.tcp import over_tcp
from onboarding.adapters.dns.wire import (
    FORMERR,
    ID_LENGTH,
    NOERROR,
    NXDOMAIN,
    Message,
    WireError,
    decode_response,
)
from onboarding.domain.observation import Failure, Question

if TYPE_CHECKING:
    from onboarding.adapters.dns.config import DnsConfig, Endpoint
    from onboarding.adapters.dns.sockets import Server

_BURST: Final = 0.05
"""Seconds' worth of queries that may go out at once after a lull."""
_TCP_AT_ONCE: Final = 100
_TRUNCATED_RESPONSE: Final = 0x82
"""The QR and TC bits of the third octet."""


class Dispatch(Receiver):
    """Must be made, used and closed within a running event loop; `tick` has to be called every
    few milliseconds, for that is how exactly time-outs and the pace are kept."""

    def __init__(self, config: DnsConfig, rng: Random) -> None:
        self._config = config
        self._rng = rng
        self._loop = asyncio.get_running_loop()
        self._channel = Channel(rng, self)
        self._memory = Memory()
        self._shared: dict[Question, Shared] = {}
        self._servers: dict[Endpoint, Server] = {}
        self._queue: deque[Query] = deque()
        self._timers: list[deque[Query]] = [deque() for _ in config.tries]
        self._room = config.in_flight
        self._allowance = inf if config.pace is None else 0.0
        self._allowed_at = monotonic()
        self._connections = asyncio.Semaphore(_TCP_AT_ONCE)
        self._over_tcp: set[asyncio.Task[None]] = set()

    def is_crowded(self) -> bool:
        """Would another check only wait in the queue, while its time runs?"""
        return self._room <= 0 or bool(self._queue)

    async def close(self) -> None:
        self._channel.close()
        for task in self._over_tcp:
            task.cancel()
        await asyncio.gather(*self._over_tcp, return_exceptions=True)

    # From questions to queries

    def put(self, ask: Ask, budget: Budget, sink: Sink, round_: int, index: int) -> None:
        """See Put."""
        if ask.shared:
            self._put_shared(ask, (budget, sink, round_, index))
        elif isinstance(ask.to, Upstreams):
            self._put_to_any(ask, ask.to, budget, sink, round_, index)
        else:
            self._send_to(ask.to, ask, budget, sink, round_, index)

    def _put_shared(self, ask: Ask, follower: Follower) -> None:
        budget, sink, round_, index = follower
        known = self._memory.recall(ask.question, monotonic())
        if known is not None:
            sink.take(round_, index, known)
            return
        under_way = self._shared.get(ask.question)
        if under_way is not None:
            under_way.followers.append(follower)
            return
        shared = Shared(lambda reply, followers: self._end_shared(ask, reply, followers))
        shared.followers.append(follower)
        self._shared[ask.question] = shared
        self.put(ask.unshared(), budget, shared, 0, 0)

    def _end_shared(self, ask: Ask, reply: Reply, followers: list[Follower]) -> None:
        del self._shared[ask.question]
        if isinstance(reply, Message):
            self._memory.keep(ask.question, reply, monotonic())
        payer, *others = followers
        # If the payer ran out of time or queries, that says nothing of the server.
        ran_out = isinstance(reply, Failure) and payer[0].queries_left <= 0
        _, sink, round_, index = payer
        sink.take(round_, index, reply)
        for follower in others:
            if ran_out:
                self._put_shared(ask, follower)
            else:
                _, sink, round_, index = follower
                sink.take(round_, index, reply)

    def _put_to_any(
        self, ask: Ask, upstreams: Upstreams, budget: Budget, sink: Sink, round_: int, index: int
    ) -> None:
        race = Race(upstreams, self._abandon, sink, round_, index)
        for place, server in enumerate(race.servers):
            query = self._send_to(server, ask, budget, race, 0, place)
            if query is not None:
                race.queries.append(query)

    def _send_to(
        self, server: Endpoint, ask: Ask, budget: Budget, sink: Sink, round_: int, index: int
    ) -> Query | None:
        try:
            to = self._servers.get(server) or self._server(server)
            query = Query(ask, to, budget, sink, round_, index)
        except WireError:
            sink.take(round_, index, Failure.MALFORMED)
        except OSError:
            sink.take(round_, index, Failure.UNREACHABLE)
        else:
            self._send(query)
            return query
        return None

    def _server(self, endpoint: Endpoint) -> Server:
        if len(self._servers) >= self._config.at_once * 2:
            self._servers.clear()
        found = self._servers[endpoint] = self._channel.server(endpoint)
        return found

    # From queries to datagrams

    def _send(self, query: Query) -> None:
        """Send it, or let it wait for its turn. Without anything left in its budget it is not
        asked; only one that has been tried before has timed out."""
        budget = query.budget
        if budget.queries_left <= 0:
            query.reply(Failure.TIMEOUT if query.tried else Failure.NOT_ASKED)
            return
        budget.queries_left -= 1
        if self._room > 0 and self._allowance >= 1 and not self._queue:
            self._transmit(query)
        else:
            self._queue.append(query)

    def _transmit(self, query: Query) -> bool:
        """Put it on the wire; false where it has to wait after all."""
        try:
            self._channel.send(query)
        except Busy:
            self._queue.appendleft(query)
            return False
        except OSError:
            query.reply(Failure.UNREACHABLE)
            return True
        query.sent_at = monotonic()
        if query.budget.begun_at == 0.0:
            query.budget.begun_at = query.sent_at
        timed = self._timers[query.tried]
        while timed and timed[0].sink is None:
            timed.popleft()  # at once, so that there are few objects, and old ones fewer
        timed.append(query)
        self._room -= 1
        self._allowance -= 1
        return True

    def _flush(self) -> None:
        while self._queue and self._room > 0 and self._allowance >= 1:
            query = self._queue.popleft()
            if query.sink is not None and not self._transmit(query):
                return

    def _settle(self, query: Query) -> None:
        """Nothing more is wanted of a query that was sent."""
        if query.socket is not None:
            self._channel.forget(query)
            self._room += 1

    def _give_up(self, query: Query) -> None:
        """The same, but a response may still come."""
        if query.socket is not None:
            self._channel.give_up(query)
            self._room += 1

    def _finish(self, query: Query, reply: Reply) -> None:
        if query.socket is not None:
            self._channel.forget(query)
            self._room += 1
        sink, query.sink = query.sink, None
        if sink is not None:
            sink.take(query.round, query.index, reply)
        if self._queue:
            self._flush()

    def _abandon(self, query: Query) -> None:
        self._give_up(query)
        query.sink = None

    # What comes back

    def received(self, query: Query, octets: bytes) -> None:
        try:
            message = decode_response(octets, query)
        except WireError:
            # Some servers cut a response that is too long in the middle of a record.
            if len(octets) > 2 and octets[2] & _TRUNCATED_RESPONSE == _TRUNCATED_RESPONSE:
                self._ask_over_tcp(query)
            else:
                self._finish(query, Failure.MALFORMED)
            return
        if message.question is not query.question and not _fits(message, query):
            query.unfit = True
        elif message.truncated:
            self._ask_over_tcp(query)
        elif message.rcode == FORMERR and query.edns:
            # A server from before EDNS says so with this code (RFC 6891 §7).
            self._settle(query)
            self._send(query.without_edns())
        else:
            self._finish(query, message)

    def unreachable(self, query: Query) -> None:
        self._finish(query, Failure.UNREACHABLE)

    def _ask_over_tcp(self, query: Query) -> None:
        self._settle(query)
        if query.budget.queries_left <= 0:
            query.reply(Failure.NOT_ASKED)
            return
        query.budget.queries_left -= 1
        task = self._loop.create_task(self._over_tcp_to_the_end(query))
        self._over_tcp.add(task)
        task.add_done_callback(self._over_tcp.discard)

    async def _over_tcp_to_the_end(self, query: Query) -> None:
        id_ = self._rng.randbytes(ID_LENGTH)
        reply: Reply
        try:
            async with self._connections:
                patience = self._config.tries[-1]
                octets = await over_tcp(id_ + query.body, query.server.address, patience)
            message = decode_response(octets, query)
            fits = _fits(message, query) and octets.startswith(id_) and not message.truncated
            reply = message if fits else Failure.MALFORMED
        except TimeoutError:
            reply = Failure.TIMEOUT
        except WireError:
            reply = Failure.MALFORMED
        except OSError:
            reply = Failure.UNREACHABLE
        query.reply(reply)

    # Time

    def tick(self, now: float) -> None:
        """Do what is due at that time of `monotonic`."""
        if self._config.pace is not None:
            earned = (now - self._allowed_at) * self._config.pace
            most = max(1.0, self._config.pace * _BURST)
            self._allowance = min(most, self._allowance + earned)
        self._allowed_at = now
        for sent, patience in zip(self._timers, self._config.tries, strict=True):
            self._time_out(sent, now - patience)
        self._flush()

    def _time_out(self, sent: deque[Query], before: float) -> None:
        """All queries of a deque wait equally long, so the oldest is the first to time out."""
        while sent and (sent[0].sink is None or sent[0].sent_at <= before):
            query = sent.popleft()
            if query.sink is None:
                continue
            if query.socket is None:
                continue  # on its way over TCP
            self._give_up(query)
            if query.unfit:
                query.reply(Failure.MALFORMED)
            elif query.tried + 1 < len(self._config.tries):
                # Whatever else may have come from there: it was not for this query.
                query.sink.unanswered(query.round, query.index)
                repeat = query.again()
                repeat.tried += 1
                self._send(repeat)
            elif self._channel.strayed(query.server.address, query.sent_at):
                query.reply(Failure.MALFORMED)
            else:
                query.reply(Failure.TIMEOUT)


def _fits(message: Message, query: Query) -> bool:
    """Does it answer the question? An error may leave the question out."""
    if message.question is None:
        return message.rcode not in (NOERROR, NXDOMAIN)
    return message.question == query.question
