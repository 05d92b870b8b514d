"""Our engine and our check of many domains, each in a process of its own so that its memory is its
own.

`python -m bench.dns_ours WHAT PORT DOMAINS` prints JSON: `lookups`, `seconds`, how many domains
were `right`, `peak_mb`, whether the engine `is_compiled`; for checks also `diagnosis_seconds`,
which are part of the seconds.

`lookups` puts the eight lookups of every domain, and nothing else, through the engine, and reads
every answer: what dnsperf does, and the strict codec with it. `checks` is the whole of it: finds
each zone, decides what to ask, and makes the report.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom

from bench.dns_world import ADDRESS, LOOKUPS, domains, expected_of, questions_of
from onboarding.adapters.dns import DnsConfig, NetworkDns, Wanted, dispatch
from onboarding.adapters.dns.asking import Ask, Asking, Budget
from onboarding.adapters.dns.engine import Engine, Start
from onboarding.adapters.dns.wire import Message
from onboarding.domain.check import Verdict, diagnose
from onboarding.domain.observation import Observation

IN_FLIGHT = 200
"""A single server's socket keeps no more datagrams than that; real name servers are many."""

Result = dict[str, float]


async def lookups(port: int, count: int) -> Result:
    server = (ADDRESS, port)

    def asking(domain: str) -> Start[bool]:
        def start(budget: Budget) -> Asking[bool]:
            replies = yield [Ask(server, question) for question in questions_of(domain)]
            return all(isinstance(reply, Message) and reply.answer for reply in replies)

        return start

    right = 0
    began = time.perf_counter()
    async with Engine(_config(port), SystemRandom()) as engine:
        async for _, answered in engine.run_all((None, asking(each)) for each in domains(count)):
            right += answered
    return {"seconds": time.perf_counter() - began, "right": right}


async def checks(port: int, count: int) -> Result:
    right = 0
    diagnosing = 0.0
    began = time.perf_counter()
    async for (domain, expected), seen in observations(port, count):
        observed = time.perf_counter()
        report = diagnose(domain, expected, seen, datetime.now(UTC))
        right += report.verdict is Verdict.READY
        diagnosing += time.perf_counter() - observed
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "diagnosis_seconds": diagnosing, "right": right}


def observations(port: int, count: int) -> AsyncIterator[tuple[Wanted, Observation]]:
    """As whoever checks a list of domains calls it."""
    dns = NetworkDns(_config(port))
    return dns.observe_many((domain, expected_of(domain)) for domain in domains(count))


def _config(port: int) -> DnsConfig:
    return DnsConfig(resolver=(ADDRESS, port), port=port, in_flight=IN_FLIGHT)


def peak_mb() -> float:
    """The most memory that this process has had in use, in megabytes of 10^6 octets.

    Read here rather than by getrusage, which counts what the parent had before the start as well.
    """
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) * 1024 / 1e6


WHAT: dict[str, Callable[[int, int], Awaitable[Result]]] = {"lookups": lookups, "checks": checks}


async def main(what: str, port: int, count: int) -> None:
    result = await WHAT[what](port, count)
    is_compiled = not str(dispatch.__file__).endswith(".py")
    facts = {"lookups": LOOKUPS * count, "peak_mb": peak_mb(), "is_compiled": is_compiled}
    print(json.dumps(result | facts))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
