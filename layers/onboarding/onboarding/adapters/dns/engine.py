"""Drives checks: puts their questions on the wire, and hands in what comes back.

One engine drives one check or thousands on the same few sockets. What it adds to the questions:
tries, TCP on truncation, a repeat without EDNS, the bounds of each check, the pace of all of
them together, and name servers that many domains share, which are looked up once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from math import inf
from random import Random
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

from onboarding.adapters.dns.asking import Ask, Asking, Budget, Reply, Upstreams
from onboarding.adapters.dns.channel import Busy, Channel, Server
from onboarding.adapters.dns.config import DnsConfig, Endpoint
from onboarding.adapters.dns.job import Job
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

_TICK = 0.01
"""Seconds: how exactly time-outs and the pace are kept."""
_BURST = 0.05
"""Seconds' worth of queries that may go out at once after a lull."""
_TCP_AT_ONCE = 100
_TRUNCATED_RESPONSE = 0x82
"""The QR and TC bits of the third octet."""

K = TypeVar("K")
T = TypeVar("T")
Start = Callable[[Budget], Asking[T]]
"""Begins a check that keeps to the budget."""


class Engine:
    """To be entered within a running event loop, and used there alone.

    `rng` gives the ids and sockets and has to be unpredictable (`random.SystemRandom`).
    """

    def __init__(self, config: DnsConfig, rng: Random) -> None:
        self._config = config
        self._rng = rng
        self._memory = Memory()
        self._shared: dict[Question, Shared] = {}
        self._servers: dict[Endpoint, Server] = {}
        self._queue: deque[Query] = deque()
        self._timers: list[deque[Query]] = [deque() for _ in config.tries]
        self._jobs: deque[Job] = deque()
        self._room = config.in_flight
        self._allowance = inf if config.pace is None else 0.0
        self._allowed_at = 0.0
        self._over_tcp: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._connections = asyncio.Semaphore(_TCP_AT_ONCE)
        self._channel: Channel[Query] = Channel(self._rng, self._received, self._unreachable)
        self._allowed_at = monotonic()
        self._ticking = self._loop.call_later(_TICK, self._tick)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ticking.cancel()
        self._channel.close()
        for task in self._over_tcp:
            task.cancel()
        await asyncio.gather(*self._over_tcp, return_exceptions=True)

    async def run(self, start: Start[T]) -> T:
        """One check, to its end."""
        async for _, result in self.run_all([(None, start)]):
            return result
        raise AssertionError("a check without an end")

    async def run_all(self, checks: Iterable[tuple[K, Start[T]]]) -> AsyncIterator[tuple[K, T]]:
        """Each check's key with its result, as they are done.

        `checks` is read no faster than they are, so memory does not grow with its length.
        Raises what a check raises.
        """
        done: deque[tuple[K, T, BaseException | None]] = deque()
        waiting = iter(checks)
        running, more = 0, True
        while more or running:
            while more and running < self._config.at_once and not self._is_crowded():
                started = self._start_next(waiting, done)
                more, running = started, running + started
            while done:
                key, result, error = done.popleft()
                running -= 1
                if error is not None:
                    raise error
                yield key, result
            if running and not done:
                self._woken.clear()
                await self._woken.wait()

    def _start_next(
        self,
        waiting: Iterator[tuple[K, Start[T]]],
        done: deque[tuple[K, T, BaseException | None]],
    ) -> bool:
        following = next(waiting, None)
        if following is None:
            return False
        key, start = following

        def end(result: T, error: BaseException | None) -> None:
            done.append((key, result, error))
            self._woken.set()

        budget = Budget(self._config.max_queries)
        deadline = monotonic() + self._config.timeout
        job = Job(start(budget), budget, deadline, self._put, end)
        self._jobs.append(job)
        job.advance()
        return True

    def _is_crowded(self) -> bool:
        """Would another check only wait in the queue, while its time runs?"""
        return bool(self._queue) or self._room <= 0

    # From questions to queries

    def _put(self, ask: Ask, budget: Budget, sink: Sink, round_: int, index: int) -> None:
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
        self._put(ask._replace(shared=False), budget, shared, 0, 0)

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
        """Send it, or let it wait for its turn; without anything left in its budget it has
        timed out."""
        budget = query.budget
        if budget.queries_left <= 0:
            query.reply(Failure.TIMEOUT)
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
        self._timers[query.tried].append(query)
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
        self._settle(query)
        query.sink = None

    # What comes back

    def _received(self, query: Query, octets: bytes) -> None:
        try:
            message = decode_response(octets, query.asking)
        except WireError:
            # Some servers cut a response that is too long in the middle of a record.
            if len(octets) > 2 and octets[2] & _TRUNCATED_RESPONSE == _TRUNCATED_RESPONSE:
                self._ask_over_tcp(query)
            else:
                self._finish(query, Failure.MALFORMED)
            return
        if message.question is not query.asking.question and not _fits(message, query):
            query.unfit = True
        elif message.truncated:
            self._ask_over_tcp(query)
        elif message.rcode == FORMERR and query.edns:
            # A server from before EDNS says so with this code (RFC 6891 §7).
            self._settle(query)
            self._send(query.without_edns())
        else:
            self._finish(query, message)

    def _unreachable(self, query: Query) -> None:
        self._finish(query, Failure.UNREACHABLE)

    def _ask_over_tcp(self, query: Query) -> None:
        self._settle(query)
        if query.budget.queries_left <= 0:
            query.reply(Failure.TIMEOUT)
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
            message = decode_response(octets, query.asking)
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

    def _tick(self) -> None:
        now = monotonic()
        if self._config.pace is not None:
            earned = (now - self._allowed_at) * self._config.pace
            most = max(1.0, self._config.pace * _BURST)
            self._allowance = min(most, self._allowance + earned)
        self._allowed_at = now
        for sent, patience in zip(self._timers, self._config.tries, strict=True):
            self._time_out(sent, now - patience)
        while self._jobs and (self._jobs[0].is_over or self._jobs[0].deadline <= now):
            job = self._jobs.popleft()
            if not job.is_over:
                job.expire()
        self._flush()
        self._woken.set()
        self._ticking = self._loop.call_later(_TICK, self._tick)

    def _time_out(self, sent: deque[Query], before: float) -> None:
        """All queries of a deque wait equally long, so the oldest is the first to time out."""
        while sent and (sent[0].sink is None or sent[0].sent_at <= before):
            query = sent.popleft()
            if query.sink is None:
                continue
            if query.socket is None:
                continue  # on its way over TCP
            self._settle(query)
            if query.unfit or self._channel.strayed(query.server.address, query.sent_at):
                query.reply(Failure.MALFORMED)
            elif query.tried + 1 < len(self._config.tries):
                repeat = query.again()
                repeat.tried += 1
                self._send(repeat)
            else:
                query.reply(Failure.TIMEOUT)


def _fits(message: Message, query: Query) -> bool:
    """Does it answer the question? An error may leave the question out."""
    if message.question is None:
        return message.rcode not in (NOERROR, NXDOMAIN)
    return message.question == query.asking.question
