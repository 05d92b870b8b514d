"""Many domains: a few looks at a time, from a list of any length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from onboarding.domain.observation import Observation
from onboarding.domain.records import Record

Wanted = tuple[str, Sequence[Record]]
"""A domain and the records expected there."""


class Looks(Protocol):
    async def look(self, domain: str, expected: Sequence[Record]) -> Observation: ...


async def observe_many(
    dns: Looks, wanted: Iterable[Wanted], at_once: int = 16
) -> AsyncIterator[tuple[Wanted, Observation]]:
    """Each domain with what was seen of it, as they are done; `wanted` is read no faster than
    that, so memory does not grow with its length."""
    waiting = iter(wanted)
    running = {_started(dns, each) for each in _some(waiting, at_once)}
    while running:
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        running |= {_started(dns, each) for each in _some(waiting, len(done))}
        for task in done:
            yield task.result()


def _some(wanted: Iterator[Wanted], count: int) -> list[Wanted]:
    return list(islice(wanted, count))


def _started(dns: Looks, wanted: Wanted) -> asyncio.Task[tuple[Wanted, Observation]]:
    async def look() -> tuple[Wanted, Observation]:
        return wanted, await dns.look(*wanted)

    return asyncio.create_task(look())
