"""``xes check`` against real name servers."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from onboarding.adapters.dns import Wanted
from onboarding.adapters.memory_dns import MemoryDns, MemoryZone
from onboarding.domain.check import Report, diagnose
from onboarding.domain.observation import Failure, Observation, Zone
from onboarding.domain.records import Record
from tests.support import dns_warnings
from tests.support.dns_scenarios import CONTENT, domain_of, expected_of, right
from tests.support.dns_servers import KNOTD, NSD, World, world
from xes import check_list
from xes.__main__ import app
from xes.check import watched

STALE = domain_of("stale_token")
DOMAINS = ("right.test", STALE)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if not (NSD.exists() and KNOTD.exists()):
        pytest.skip("needs the Debian packages nsd and knot")
    content = {cut: CONTENT[cut] for cut in DOMAINS}
    audited = {dns_warnings.UNWARNED: dns_warnings.CONTENT[dns_warnings.UNWARNED]}
    with world(tmp_path_factory.mktemp("dns"), {**content, **audited}) as up:
        yield up


def run(servers: World, *arguments: str, text: str | None = None) -> Result:
    at = ["--resolver", f"127.0.0.1:{servers.port}", "--dns-port", str(servers.port)]
    return CliRunner().invoke(app, ["check", *arguments, *at], input=text)


def expect_file(folder: Path, domain: str, records: tuple[Record, ...]) -> str:
    path = folder / "records.json"
    path.write_text(line(domain, records))
    return str(path)


def line(domain: str, records: tuple[Record, ...]) -> str:
    return json.dumps({"domain": domain, "records": [record.as_json() for record in records]})


def test_a_domain_that_is_ready_ends_with_0(servers: World, tmp_path: Path) -> None:
    path = expect_file(tmp_path, "right.test", expected_of("right.test"))
    ended = run(servers, "right.test", "--expect", path, "--json")
    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["verdict"] == "ready"


def test_people_see_the_table_the_mistake_and_its_cure(servers: World, tmp_path: Path) -> None:
    path = expect_file(tmp_path, STALE, expected_of(STALE))
    ended = run(servers, STALE, "--expect", path)
    assert ended.exit_code == 1
    lines = [shown.rstrip() for shown in ended.stdout.splitlines()]
    assert lines[0] == f"{STALE} lies in the zone {STALE}"
    assert "  found     zzz.dkim.amazonses.com" in lines
    assert "  expected  aaa.dkim.amazonses.com" in lines
    assert (
        f"  stale_token: The alias (CNAME record) at aaa._domainkey.{STALE} leads to "
        "“zzz.dkim.amazonses.com”. That is the key of another set-up, perhaps of an earlier one of "
        "yours."
    ) in lines
    cure = "Change its value to exactly aaa.dkim.amazonses.com and save it."
    assert f"  What to do: {cure}" in lines
    assert lines[-1] == "wrong: something has to be corrected"


def test_selectors_make_it_an_audit_of_any_domain(servers: World) -> None:
    ended = run(servers, dns_warnings.UNWARNED, "--selector", "s1", "--json")
    report = json.loads(ended.stdout)
    assert (ended.exit_code, report["verdict"]) == (0, "ready")
    assert [record["purpose"] for record in report["records"]] == ["dkim", "mail_from_spf", "dmarc"]


def test_many_domains_are_streamed_as_json_lines(servers: World) -> None:
    text = f"# ours\n{dns_warnings.UNWARNED}\n\n{line(STALE, expected_of(STALE))}\n"
    ended = run(servers, "--from", "-", text=text)
    verdicts = {r["domain"]: r["verdict"] for r in map(json.loads, ended.stdout.splitlines())}
    assert verdicts == {dns_warnings.UNWARNED: "ready", STALE: "wrong"}
    assert ended.exit_code == 1


def test_a_list_keeps_to_its_pace(servers: World) -> None:
    text = "".join(f"{dns_warnings.UNWARNED}\n" for _ in range(8))
    began = time.monotonic()
    ended = run(servers, "--from", "-", "--selector", "s1", "--pace", "50", text=text)
    assert len(ended.stdout.splitlines()) == 8
    # At the least SOA and three records each.
    assert time.monotonic() - began > (8 * 4 - 3) / 50
    assert run(servers, "--from", "-", "--pace", "5", text=text).exit_code == 2, "60 in 10 seconds"


def test_a_line_that_is_no_domain_is_told_and_the_others_are_checked(servers: World) -> None:
    text = f"no domain at all\n{dns_warnings.UNWARNED}\n"
    ended = run(servers, "--from", "-", "--selector", "s1", text=text)
    assert len(ended.stdout.splitlines()) == 1
    assert ended.stderr.startswith("line 1: ")
    assert ended.exit_code == 2


def test_a_report_that_cannot_be_made_ends_no_list(
    servers: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(domain: str, expected: Any, observed: Observation, at: datetime) -> Report:
        if domain == STALE and isinstance(observed.zone, Zone):
            raise ValueError("a text that nobody has thought of")
        return diagnose(domain, expected, observed, at)

    monkeypatch.setattr(check_list, "diagnose", refuse)
    text = f"{line(STALE, expected_of(STALE))}\n{dns_warnings.UNWARNED}\n"
    ended = run(servers, "--from", "-", "--selector", "s1", text=text)
    verdicts = {r["domain"]: r["verdict"] for r in map(json.loads, ended.stdout.splitlines())}
    assert verdicts == {STALE: "unknown", dns_warnings.UNWARNED: "ready"}
    assert f"{STALE}: cannot be judged" in ended.stderr
    assert ended.exit_code == 3


def command(servers: World, *arguments: str) -> list[str]:
    at = ["--resolver", f"127.0.0.1:{servers.port}", "--dns-port", str(servers.port)]
    return [sys.executable, "-m", "xes", "check", *arguments, *at]


@pytest.mark.parametrize("form", [["--json"], []], ids=["json", "text"])
def test_standard_output_need_not_be_utf_8(servers: World, tmp_path: Path, form: list[str]) -> None:
    path = expect_file(tmp_path, STALE, expected_of(STALE))
    ended = subprocess.run(
        command(servers, STALE, "--expect", path, *form),
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (1, b"")
    printed = ended.stdout.decode("ascii")
    if form:
        (problem,) = json.loads(printed)["records"][0]["problems"]
        assert "\u201czzz.dkim.amazonses.com\u201d" in problem["message"]
    else:
        assert "\\u201czzz.dkim.amazonses.com\\u201d" in printed


def test_a_list_whose_reader_has_seen_enough_ends_quietly(servers: World) -> None:
    with subprocess.Popen(
        command(servers, "--from", "-", "--selector", "s1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as checking:
        assert checking.stdin
        assert checking.stdout
        assert checking.stderr
        checking.stdin.write(f"{dns_warnings.UNWARNED}\n" * 300)
        checking.stdin.close()
        assert json.loads(checking.stdout.readline())["domain"] == dns_warnings.UNWARNED
        checking.stdout.close()
        told = checking.stderr.read()
        assert checking.wait(60) == 1
    assert [line for line in told.splitlines() if " domains so far: " not in line] == []


def test_a_domain_is_the_same_however_it_is_written(servers: World, tmp_path: Path) -> None:
    path = expect_file(tmp_path, "Right.TEST.", expected_of("right.test"))
    assert run(servers, "right.test", "--expect", path).exit_code == 0
    path = expect_file(tmp_path, "left.test", expected_of("right.test"))
    assert run(servers, "right.test", "--expect", path).exit_code == 2


class Slow:
    """A DNS that takes its time over every domain."""

    async def observe_many(self, wanted: Iterator[Wanted]) -> AsyncIterator[tuple[Wanted, Any]]:
        for each in wanted:
            await asyncio.sleep(0.3)
            yield each, Observation(Failure.TIMEOUT)


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_at_a_terminal_while_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    shown = StringIO()
    monkeypatch.setattr(
        check_list, "err", Console(file=shown, force_terminal=terminal, highlight=False)
    )
    assert check_list._PROGRESS_SECONDS <= 2.0
    monkeypatch.setattr(check_list, "_PROGRESS_SECONDS", 0.1)
    slow: Any = Slow()
    tally = check_list.check_list(["a.example", "b.example"], slow, [])
    lines = shown.getvalue().splitlines()
    assert tally.done == 2
    if terminal:
        assert lines[0] == "0 domains so far"
        assert lines[-1].startswith("1 domains so far: 1 unknown")
        assert 3 <= len(lines) <= 6
    else:
        assert lines == []


def test_watching_asks_again_until_all_is_ready() -> None:
    looks = iter(["absent", "absent", "ready"])
    reports = {name: made_report(name) for name in ("absent", "ready")}
    first = reports[next(looks)]
    last = watched(first, lambda: reports[next(looks)], 0.001, json=True)
    assert last.verdict == "ready"
    assert next(looks, None) is None


def made_report(name: str) -> Report:
    content = right("example.com") if name == "ready" else []
    dns = MemoryDns({"example.com": MemoryZone({"a": content, "b": content})})
    expected = expected_of("example.com")
    now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    return diagnose("example.com", expected, dns.observe("example.com", expected), now)


def compliance(servers: World, *arguments: str) -> Result:
    at = ["--resolver", f"127.0.0.1:{servers.port}", "--dns-port", str(servers.port)]
    return CliRunner().invoke(app, ["compliance", *arguments, *at])


def test_compliance_is_looked_up_as_a_check_is(servers: World, tmp_path: Path) -> None:
    path = expect_file(tmp_path, "right.test", expected_of("right.test"))
    ended = compliance(servers, "right.test", "--expect", path, "--json")
    found = json.loads(ended.stdout)
    assert (ended.exit_code, found["verdict"], found["responsible"]) == (0, "fit", "customer")
    assert found["dmarc_passes"]["message"] == "DMARC passes by aligned DKIM and aligned SPF."
    assert {p["bulk"]["verdict"] for p in found["providers"].values()} == {"fit"}


def test_compliance_looks_for_dmarc_even_where_it_was_not_asked_for(
    servers: World, tmp_path: Path
) -> None:
    dkim_alone = tuple(r for r in expected_of("right.test") if r.purpose == "dkim")
    path = expect_file(tmp_path, "right.test", dkim_alone)
    found = json.loads(compliance(servers, "right.test", "--expect", path, "--json").stdout)
    assert found["methods"]["dmarc"]["standing"] == "stands"
    assert found["methods"]["spf"]["standing"] == "unaligned"
    assert found["verdict"] == "fit"


def test_compliance_of_an_audited_domain_ends_in_words(servers: World) -> None:
    ended = compliance(servers, dns_warnings.UNWARNED, "--selector", "s1")
    assert ended.exit_code == 0
    assert "DMARC passes by aligned DKIM." in ended.stdout
    assert ended.stdout.rstrip().endswith("fit: all that is mandatory is there")


def test_compliance_of_a_domain_whose_dns_is_silent_is_unknown(servers: World) -> None:
    nobody = f"127.0.0.5:{servers.port}"
    ended = CliRunner().invoke(app, ["compliance", "right.test", "--nameserver", nobody, "--json"])
    assert (ended.exit_code, json.loads(ended.stdout)["verdict"]) == (3, "unknown")
