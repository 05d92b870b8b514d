"""Our check of many domains, in a process of its own so that its memory is its own.

`python -m bench.dns_ours PORT DOMAINS` prints JSON: `lookups`, `seconds` for observing and
diagnosing, `diagnosis_seconds` of these, `ready` domains, `peak_mb`.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from bench.dns_world import ADDRESS, LOOKUPS, domains, expected_of
from onboarding.adapters.dns import DnsConfig, NetworkDns, Wanted
from onboarding.domain.check import Verdict, diagnose
from onboarding.domain.observation import Observation

IN_FLIGHT = 200
"""A single server keeps no more datagrams than that; the real ones are many."""


def main(port: int, count: int) -> None:
    print(json.dumps(asyncio.run(_check(port, count)) | {"peak_mb": peak_mb()}))


def observations(port: int, count: int) -> AsyncIterator[tuple[Wanted, Observation]]:
    """The engine, as whoever checks a list of domains calls it."""
    dns = NetworkDns(DnsConfig(resolver=(ADDRESS, port), port=port, in_flight=IN_FLIGHT))
    return dns.observe_many((domain, expected_of(domain)) for domain in domains(count))


async def _check(port: int, count: int) -> dict[str, float]:
    ready = 0
    diagnosing = 0.0
    began = time.perf_counter()
    async for (domain, expected), seen in observations(port, count):
        observed = time.perf_counter()
        report = diagnose(domain, expected, seen, datetime.now(UTC))
        ready += report.verdict is Verdict.READY
        diagnosing += time.perf_counter() - observed
    seconds = time.perf_counter() - began
    return {
        "lookups": LOOKUPS * count,
        "seconds": seconds,
        "diagnosis_seconds": diagnosing,
        "ready": ready,
    }


def peak_mb() -> float:
    """The most memory that this process has had in use, in megabytes of 10^6 octets.

    Read here rather than by getrusage, which counts what the parent had before the start as well.
    """
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) * 1024 / 1e6


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
