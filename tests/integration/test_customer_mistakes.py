"""Each mistake that the local world's customer can make is diagnosed as exactly that one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.customer import MISTAKES, publish
from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.adapters.names import PublicNameRules
from onboarding.domain.check import Report, diagnose
from onboarding.domain.problems import ProblemCode
from tests.support.dns_scenarios import expected_of

ROOT = Path(__file__).parents[2]
ZONE = "example.com"
EXPECTED = expected_of(f"news.{ZONE}")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Server:
    dns_address: tuple[str, int]
    dns_control_url: str


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    command = [sys.executable, "-m", "local.dns"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield Server(("127.0.0.1", said["port"]), said["control"])
        finally:
            process.kill()


def report(server: Server) -> Report:
    rules = PublicNameRules()
    config = DnsConfig(server.dns_address, server.dns_address[1], tries=(0.5,))
    observer = NetworkDns(config, is_registry=lambda name: rules.public_suffix(name) == name)
    observed = observer.observe(f"news.{ZONE}", EXPECTED)
    return diagnose(f"news.{ZONE}", EXPECTED, observed, NOW)


def codes(seen: Report) -> set[str]:
    problems = [problem for record in seen.records for problem in record.problems]
    return {str(problem.code) for problem in (*problems, *seen.zone.problems)}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_diagnosed_as_that_one_and_its_correction_as_ready(
    server: Server, mistake: str
) -> None:
    publish(server, ZONE, EXPECTED, mistake)
    seen = report(server)
    assert codes(seen) == {mistake}
    assert seen.verdict != "ready" or mistake == "lame_nameserver"
    publish(server, ZONE, EXPECTED)
    corrected = report(server)
    assert (corrected.verdict, codes(corrected)) == ("ready", set())


def test_every_code_can_be_made() -> None:
    assert {*MISTAKES} == {*map(str, ProblemCode)}
