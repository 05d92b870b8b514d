"""Every mistake that an owner can make, from the command that makes it to the one that names it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from onboarding.domain.problems import ProblemCode
from tests.support.commands import run
from tests.support.system import SIGNED, System

pytestmark = pytest.mark.e2e

DOMAIN = "news.every-mistake.com"
HARMLESS = ProblemCode.LAME_NAMESERVER
"""The one that leaves a domain ready: a server that fails where another one has the records."""


@dataclass(frozen=True)
class Owner:
    """Publishes, and looks at what it came to, on the command line."""

    system: System

    def publishes(self, *options: str) -> None:
        done = run(self.system, ["xes", "local", "publish", DOMAIN, *options])
        assert done.returncode == 0, done.stderr

    def checks(self) -> tuple[int, Mapping[str, Any]]:
        """The exit code and the report."""
        server = self.system.world.dns_server
        at = ["--resolver", server, "--dns-port", server.rpartition(":")[2]]
        done = run(self.system, ["xes", "check", DOMAIN, *at, "--json"])
        assert done.returncode in (0, 1, 3), done.stderr
        return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def owner(system: System) -> Owner:
    """Of a domain with every method, so that there is a record for each mistake."""
    system.ask(DOMAIN, methods=["dkim", "spf", "dmarc"], responsibility_document=SIGNED)
    waiting = system.until_state(DOMAIN, "awaiting_dns")
    assert len(waiting.records) == 6
    return Owner(system)


def codes(report: Mapping[str, Any]) -> set[str]:
    return {
        problem["code"]
        for part in (report["zone"], *report["records"])
        for problem in part["problems"]
    }


@pytest.mark.parametrize("mistake", [str(code) for code in ProblemCode])
def test_a_mistake_that_is_published_is_diagnosed_as_exactly_that_one(
    owner: Owner, mistake: str
) -> None:
    owner.publishes("--mistake", mistake)
    exit_code, report = owner.checks()
    assert codes(report) == {mistake}
    assert (exit_code == 0) == (report["verdict"] == "ready") == (mistake == HARMLESS)


def test_whatever_was_published_before_the_right_records_are_all_there_is(owner: Owner) -> None:
    owner.publishes("--mistake", "doubled_zone")
    owner.publishes()
    exit_code, report = owner.checks()
    assert (exit_code, report["verdict"], codes(report)) == (0, "ready", set())
    assert [record["status"] for record in report["records"]] == ["found"] * 6
