"""The report of a check, and its JSON form, which other programs rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from onboarding.domain.problems import Problem, ProblemCode, ReportWarning, WarningCode
from onboarding.domain.records import Purpose


class Verdict(StrEnum):
    """The whole domain, in a word."""

    READY = "ready"
    WAITING = "waiting"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """One record, in a word."""

    FOUND = "found"
    PROPAGATING = "propagating"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ZoneReport:
    """The zone that holds the records; `cut` is empty where it could not be found out.

    `dns_host` is who runs the name servers, recognised by `evidence`, or None.
    """

    cut: str = ""
    nameservers: tuple[str, ...] = ()
    dns_host: str | None = None
    evidence: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordReport:
    """One expected record, and what stands at its name. `asked` is False where any that works would
    do, and `expected` shows its kind alone; JSON has no word of it."""

    purpose: Purpose
    type: str
    name: str
    expected: str
    found: tuple[str, ...]
    status: Status
    problems: tuple[Problem, ...] = ()
    asked: bool = field(default=True, compare=False)

    def as_json(self) -> dict[str, Any]:
        """The record in JSON's own types."""
        return {key: _plain(each) for key, each in asdict(self).items() if key != "asked"}


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found, record by record. `checked_at` is aware, and written in UTC."""

    domain: str
    verdict: Verdict
    checked_at: datetime
    zone: ZoneReport
    records: tuple[RecordReport, ...]
    warnings: tuple[ReportWarning, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The report in JSON's own types."""
        return {
            "domain": self.domain,
            "verdict": str(self.verdict),
            "checked_at": _as_utc(self.checked_at),
            "zone": _plain(asdict(self.zone)),
            "records": [record.as_json() for record in self.records],
            "warnings": [_plain(asdict(warning)) for warning in self.warnings],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `as_json` gave. Raises KeyError or ValueError for anything else."""
        return cls(
            domain=data["domain"],
            verdict=Verdict(data["verdict"]),
            checked_at=datetime.fromisoformat(data["checked_at"]),
            zone=_zone(data["zone"]),
            records=tuple(_record(record) for record in data["records"]),
            warnings=tuple(
                ReportWarning(WarningCode(w["code"]), w["message"]) for w in data["warnings"]
            ),
        )


def readable(report: Mapping[str, Any] | None) -> Report | None:
    """A stored report. One that another version has written, and that cannot be read, costs a
    page what it would say of it, until the next look."""
    if report is None:
        return None
    try:
        return Report.from_json(report)
    except (LookupError, ValueError, TypeError):
        return None


def _as_utc(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a check's time needs a time zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    """Enumerations as their text and tuples as lists, all the way down."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, StrEnum) else value


def _zone(data: Mapping[str, Any]) -> ZoneReport:
    return ZoneReport(
        cut=data["cut"],
        nameservers=tuple(data["nameservers"]),
        dns_host=data["dns_host"],
        evidence=data["evidence"],
        problems=_problems(data),
    )


def _record(data: Mapping[str, Any]) -> RecordReport:
    return RecordReport(
        purpose=Purpose(data["purpose"]),
        type=data["type"],
        name=data["name"],
        expected=data["expected"],
        found=tuple(data["found"]),
        status=Status(data["status"]),
        problems=_problems(data),
    )


def _problems(data: Mapping[str, Any]) -> tuple[Problem, ...]:
    return tuple(
        Problem(ProblemCode(p["code"]), p["found"], p["message"], p["fix"])
        for p in data["problems"]
    )
