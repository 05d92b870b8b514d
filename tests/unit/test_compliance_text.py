"""How the compliance verdict is shown, and that the contracts of JSON stay as they are."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from rich.console import Console, RenderableType
from typer.testing import CliRunner, Result

from onboarding.adapters.memory import MemoryStore
from onboarding.adapters.memory_dns import MemoryDns, MemoryZone
from onboarding.domain.check import diagnose
from onboarding.domain.compliance import compliance_of, compliance_of_stored
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.report import Report
from tests.support.dns_scenarios import expected_of, right
from tests.support.values import NOW, a_domain
from xes import agent
from xes.__main__ import app
from xes.agent import shown_as_json
from xes.compliance_text import in_brief, in_full
from xes.report_text import as_text

DOMAIN = "example.com"


def a_report(*, without: str = "") -> Report:
    content = [entry for entry in right(DOMAIN) if not without or not entry[0].startswith(without)]
    dns = MemoryDns({DOMAIN: MemoryZone({"a": content, "b": content})})
    expected = expected_of(DOMAIN)
    return diagnose(DOMAIN, expected, dns.observe(DOMAIN, expected), NOW)


def shown(what: RenderableType) -> list[str]:
    out = Console(file=io.StringIO(), soft_wrap=True, width=200)
    out.print(what)
    assert isinstance(out.file, io.StringIO)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


BRIEF = [
    "",
    "Compliance",
    "  DKIM stands: mail from example.com is signed for example.com.",
    "  SPF passes, aligned: the custom MAIL FROM is in example.com.",
    "  DMARC stands (p=quarantine: mail that fails goes to the spam folder).",
    "  DMARC passes by aligned DKIM and aligned SPF.",
    "  One of DMARC or SPF is needed; both stand.",
    "  The DNS of example.com has what Gmail, Yahoo and Microsoft ask of those who send them more "
    "than 5,000 messages a day.",
]


def test_in_brief_it_is_a_sentence_a_method_and_one_for_each_who_asks() -> None:
    assert shown(in_brief(compliance_of(a_report()))) == BRIEF


def test_a_check_shows_it_under_the_table_and_ends_with_its_own_verdict() -> None:
    lines = shown(as_text(a_report()))
    at = lines.index("Compliance")
    assert lines[at - 1 : at + 7] == BRIEF
    assert lines[-1] == "ready: every record is there"


def test_in_full_each_cure_is_told_once_with_all_who_ask_for_it() -> None:
    lines = shown(in_full(compliance_of(a_report(without="_dmarc"))))
    assert lines[0] == (
        "example.com, checked 2026-11-23 10:00; the customer answers for bounces and complaints "
        "(custom MAIL FROM)"
    )
    assert lines.count("  What to do: Add a TXT record named _dmarc.example.com with the value "
                       "v=DMARC1; p=none.") == 1  # fmt: skip
    assert "dmarc  must for Gmail, Yahoo, Microsoft; should for XES" in lines
    assert "Gmail      more than 5,000 messages a day  not met" in lines
    assert lines[-1] == "fit: all that is mandatory is there"


def test_show_tells_it_of_a_domain_that_has_records(capsys: pytest.CaptureFixture[str]) -> None:
    report = a_report()
    domain = a_domain(domain=DOMAIN, records=expected_of(DOMAIN), report=report.as_json())
    agent._print_subject(domain, (), "https://status.test/1")
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    at = printed.index("Compliance")
    assert printed[at - 1 : at + 7] == BRIEF
    agent._print_subject(a_domain(), (), "https://status.test/1")
    assert "Compliance" not in capsys.readouterr().out


def test_a_stored_domain_is_judged_by_its_last_check() -> None:
    report = a_report(without="_dmarc")
    domain = a_domain(domain=DOMAIN, records=expected_of(DOMAIN), report=report.as_json())
    assert compliance_of_stored(domain) == compliance_of(report)
    never = replace(domain, report=None)
    assert compliance_of_stored(never).verdict == "unknown"


def test_the_json_of_check_and_show_has_no_new_keys() -> None:
    report = a_report()
    assert list(report.as_json()) == [
        "domain", "verdict", "checked_at", "zone", "records", "warnings",
    ]  # fmt: skip
    domain = a_domain(records=expected_of(DOMAIN), report=report.as_json())
    entry = Entry(datetime(2026, 11, 23, tzinfo=UTC), "verified", "all is there")
    assert list(shown_as_json(domain, (entry,), "https://status.test/1")) == [
        "domain", "account_id", "organisation_id", "state", "since", "request_id", "status_url",
        "records", "report", "timeline",
    ]  # fmt: skip


@dataclass
class FakeApp:
    store: MemoryStore


@dataclass
class FakeStack:
    app: FakeApp


def run(monkeypatch: pytest.MonkeyPatch, stored: SendingDomain | None, *options: str) -> Result:
    """``xes compliance`` where a stack is there that holds this domain, or none."""
    store = MemoryStore()
    if stored is not None:
        store.stored_domains[stored.domain] = stored

    def connect(name: str | None) -> FakeStack:
        return FakeStack(FakeApp(store))

    monkeypatch.setattr("xes.compliance.connect", connect)
    return CliRunner().invoke(app, ["compliance", DOMAIN, *options, "--json"])


@pytest.mark.parametrize(
    ("report", "code", "verdict"),
    [
        (a_report(), 0, "fit"),
        (a_report(without="aaa."), 1, "unfit"),
        (None, 3, "unknown"),
    ],
)
def test_a_domain_of_a_stack_is_judged_without_any_dns(
    monkeypatch: pytest.MonkeyPatch, report: Report | None, code: int, verdict: str
) -> None:
    held = report.as_json() if report is not None else None
    stored = a_domain(domain=DOMAIN, records=expected_of(DOMAIN), report=held)
    ended = run(monkeypatch, stored)
    assert (ended.exit_code, json.loads(ended.stdout)["verdict"]) == (code, verdict)


def test_a_domain_that_a_named_stack_does_not_hold_is_said_to_be_unknown_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = run(monkeypatch, None, "--stack", "ours")
    assert ended.exit_code == 1
    assert ended.stderr == "example.com is not known here.\n"
