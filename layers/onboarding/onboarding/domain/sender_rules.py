"""What the big mailbox providers ask of senders: who asks, how firmly, and where it says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Provider(StrEnum):
    """The mailbox providers whose rules decide whether a mail reaches most consumers."""

    GMAIL = "gmail"
    YAHOO = "yahoo"
    MICROSOFT = "microsoft"


PROVIDER_NAMES: Mapping[Provider, str] = {
    Provider.GMAIL: "Gmail",
    Provider.YAHOO: "Yahoo",
    Provider.MICROSOFT: "Microsoft",
}

GMAIL_ALL = "Google, Email sender guidelines: all senders"
GMAIL_BULK = "Google, Email sender guidelines: 5,000 messages a day and more"
YAHOO_ALL = "Yahoo, Sender requirements: all senders"
YAHOO_BULK = "Yahoo, Sender requirements: bulk senders"
MICROSOFT_ADVICE = "Microsoft, Outlook.com requirements: recommendations for large senders"
MICROSOFT_BULK = "Microsoft, Outlook.com requirements: more than 5,000 messages a day"


class Severity(StrEnum):
    """`must`: mail that fails is refused or put with the spam; `should`: it does worse."""

    MUST = "must"
    SHOULD = "should"


class Result(StrEnum):
    """`skipped`: it does not apply, or follows from another finding; it decides nothing."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    """All findings, in a word."""

    FIT = "fit"
    UNFIT = "unfit"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Demand:
    """How firmly one provider asks for something, and where it says so."""

    severity: Severity
    source: str


Demands = Mapping[Provider, Demand]


def asked(
    gmail: Demand | None = None, yahoo: Demand | None = None, microsoft: Demand | None = None
) -> Demands:
    """Who asks; a provider that says nothing of it is left out."""
    of_each = {Provider.GMAIL: gmail, Provider.YAHOO: yahoo, Provider.MICROSOFT: microsoft}
    return {provider: demand for provider, demand in of_each.items() if demand is not None}


def must(source: str) -> Demand:
    return Demand(Severity.MUST, source)


def should(source: str) -> Demand:
    return Demand(Severity.SHOULD, source)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule makes of its matter: a sentence, and of a failure what to do."""

    result: Result
    message: str
    fix: str = ""


def passed(message: str) -> Judged:
    return Judged(Result.PASS, message)


def failed(message: str, fix: str) -> Judged:
    return Judged(Result.FAIL, message, fix)


def unknown(message: str, fix: str) -> Judged:
    return Judged(Result.UNKNOWN, message, fix)


def skipped(message: str) -> Judged:
    return Judged(Result.SKIPPED, message)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule applied. `rule` is its stable id, `source` who asks for it and where."""

    rule: str
    severity: Severity
    result: Result
    message: str
    fix: str
    source: str

    def as_json(self) -> dict[str, str]:
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "result": str(self.result),
            "message": self.message,
            "fix": self.fix,
            "source": self.source,
        }


def finding(rule: str, judged: Judged, demand: Demand) -> Finding:
    return Finding(rule, demand.severity, judged.result, judged.message, judged.fix, demand.source)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Only what must be so decides; a definite failure outweighs what is unknown."""
    results = {found.result for found in findings if found.severity is Severity.MUST}
    if Result.FAIL in results:
        return Verdict.UNFIT
    return Verdict.UNKNOWN if Result.UNKNOWN in results else Verdict.FIT


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict over several: unfit for one is unfit, unknown for one is unknown."""
    given = set(verdicts)
    return next((v for v in (Verdict.UNFIT, Verdict.UNKNOWN) if v in given), Verdict.FIT)
