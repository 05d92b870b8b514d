"""The openspf.org suite for RFC 7208, through our evaluation of SPF records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml

from onboarding.domain.observation import (
    Answer,
    Failure,
    Outcome,
    Question,
    Rcode,
    ResourceRecord,
)
from onboarding.domain.spf_evaluation import check_host
from onboarding.domain.spf_macros import Sender

SUITE = Path(__file__).parent.parent / "corpora/spf/rfc7208-tests.yml"

NOT_APPLICABLE: dict[str, str] = {}
"""Cases that are not run, each with the reason."""

Zone = dict[tuple[str, str], Outcome]


@dataclass(frozen=True)
class Case:
    name: str
    test: dict[str, Any]
    zone: Zone


def cases() -> Iterator[Case]:
    for scenario in yaml.safe_load_all(SUITE.read_text(encoding="utf-8")):
        zone = Zone()
        for name, entries in scenario["zonedata"].items():
            zone |= at_name(name.lower(), entries)
        for name, test in scenario["tests"].items():
            yield Case(name, test, zone)


def at_name(name: str, entries: list[Any]) -> Zone:
    """What the suite's notation means: `SPF` stands for a TXT unless TXTs are given, `TIMEOUT`
    for every type that is not, `NONE` keeps TXTs from being made of SPFs."""
    given = [next(iter(entry.items())) for entry in entries if isinstance(entry, dict)]
    if not any(type_ == "TXT" for type_, _ in given):
        given += [("TXT", value) for type_, value in given if type_ == "SPF"]
    zone = Zone()
    if "TIMEOUT" in entries:
        zone[name, "*"] = Failure.TIMEOUT
    for type_, value in given:
        if value == "TIMEOUT":
            zone[name, type_] = Failure.TIMEOUT
        elif value != "NONE":
            before = zone.get((name, type_), Answer())
            assert isinstance(before, Answer)
            made = ResourceRecord(name, type_, text_of(type_, value))
            zone[name, type_] = Answer(records=(*before.records, made))
    return zone


def text_of(type_: str, value: Any) -> str:
    if type_ in ("TXT", "SPF"):
        return value if isinstance(value, str) else "".join(value)
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def answer(zone: Zone, question: Question) -> Outcome:
    found = zone.get((question.name, question.type))
    alias = zone.get((question.name, "CNAME"))
    if found is None and isinstance(alias, Answer):
        end = answer(zone, Question(alias.records[0].text.lower(), question.type))
        return end if isinstance(end, Failure) else Answer(records=alias.records + end.records)
    if found is not None:
        return found
    if (question.name, "*") in zone or question.name.startswith("error."):
        return Failure.TIMEOUT
    exists = any(name == question.name for name, _ in zone)
    return Answer(Rcode.NOERROR if exists else Rcode.NXDOMAIN)


ALL = [case for case in cases() if case.name not in NOT_APPLICABLE]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_the_suites_result_and_explanation_come_out(case: Case) -> None:
    test = case.test
    sender = Sender(ip_address(test["host"]), test["mailfrom"], test["helo"])
    domain = test["mailfrom"].rpartition("@")[2] or test["helo"]
    found = check_host(sender, domain, lambda question: answer(case.zone, question))
    allowed = [test["result"]] if isinstance(test["result"], str) else test["result"]
    assert found.result in allowed
    if "explanation" in test:
        assert (found.explanation or "DEFAULT") == test["explanation"]


def test_the_whole_suite_is_run_but_for_the_cases_named() -> None:
    assert len(ALL) + len(NOT_APPLICABLE) == len(list(cases())) == 203
