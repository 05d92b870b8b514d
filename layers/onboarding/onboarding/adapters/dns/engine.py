"""Drives checks, one or thousands, on the same few sockets: starts each, keeps to its deadline, and
gives its result.

This is the part of the engine that has to be awaited; what is done for every single query is in
`dispatch` and the modules that it uses. Those may be compiled (see docs/decisions.md), for which
an asynchronous generator such as `run_all` would not do.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from random import Random
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from onboarding.adapters.dns.asking import Asking, Budget
from onboarding.adapters.dns.dispatch import Dispatch
from onboarding.adapters.dns.job import Job

if TYPE_CHECKING:
    from onboarding.adapters.dns.config import DnsConfig

_TICK = 0.01
"""Seconds: how exactly time-outs and the pace are kept."""

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
        self._jobs: deque[Job] = deque()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._dispatch = Dispatch(self._config, self._rng)
        self._ticking = self._loop.call_later(_TICK, self._tick)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ticking.cancel()
        await self._dispatch.close()

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
            while more and running < self._config.at_once and not self._dispatch.is_crowded():
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

        budget = Budget(self._config.max_queries, self._rng)
        job = Job(start(budget), budget, self._config.timeout, self._dispatch.put, end)
        self._jobs.append(job)
        job.advance()
        return True

    def _tick(self) -> None:
        # First, so that a fault below ends no time-out but its own.
        self._ticking = self._loop.call_later(_TICK, self._tick)
        now = monotonic()
        self._dispatch.tick(now)
        while self._jobs and (self._jobs[0].is_over or self._jobs[0].deadline <= now):
            job = self._jobs.popleft()
            if not job.is_over:
                job.expire()
        self._woken.set()
