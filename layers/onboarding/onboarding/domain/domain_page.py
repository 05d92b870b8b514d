"""What a customer's page shows of a domain, from what is stored of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from onboarding.domain.dns_hosts import DnsHost, host_named
from onboarding.domain.dnsnames import canonical
from onboarding.domain.entry import Field, entry
from onboarding.domain.files.publication import Publication, Unwritable
from onboarding.domain.files.registry import Offer, offers, why_no_file
from onboarding.domain.lifecycle import ENDS, IN_PROGRESS, TROUBLED, State
from onboarding.domain.page_words import (
    REASONS,
    STATUSES,
    TERMS,
    TITLES,
    Line,
    Standing,
    standing,
    timeline_in_words,
)
from onboarding.domain.problems import Problem, a_record
from onboarding.domain.publishing import Step, Task, steps
from onboarding.domain.records import Purpose, Record
from onboarding.domain.report import RecordReport, Report, Status, Verdict, readable

if TYPE_CHECKING:
    from onboarding.domain.onboarding import Entry, SendingDomain

RENEWAL_SECONDS: Final = 10
"""How often a page that waits renews itself."""

STAGES: Final = ("Request", "DNS records", "Amazon SES", "Verified")


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record: what to type where, how it stands, and what is wrong with it.

    ``old`` is what is at its name now where that has to become ``value``, which is ``merged`` where
    it keeps what is the owner's; ``todo`` is what to do, and empty where nothing is. ``reason`` is
    given once for records of one kind.
    """

    number: int
    title: str
    term: str
    reason: str
    record: Record
    status: str
    status_text: str
    todo: str
    fields: tuple[Field, ...]
    value: str
    merged: bool = False
    old: tuple[str, ...] = ()
    note: str = ""
    found: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def present(self) -> tuple[str, ...]:
        """The values at its name, where it was found."""
        return self.found or (self.value,)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the way; ``mark`` is ``past``, ``now`` or ``ahead``."""

    name: str
    mark: str


@dataclass(frozen=True, slots=True)
class DomainPage:
    """The whole page. ``cut`` and ``host`` are empty where they are not known; ``renews`` is in
    seconds, 0 for a page that will not change by itself."""

    domain: str
    standing: Standing
    stages: tuple[Stage, ...]
    records: tuple[RecordView, ...]
    zone_problems: tuple[Problem, ...]
    cut: str
    host: str
    checked_at: datetime | None
    can_check: bool
    renews: int
    timeline: tuple[Line, ...]
    files: tuple[Offer, ...]
    why_no_file: str

    @property
    def found(self) -> int:
        return sum(record.status == Status.FOUND for record in self.records)


def domain_page(domain: SendingDomain, timeline: Sequence[Entry], now: datetime) -> DomainPage:
    """The page at ``now``. Before its records were mailed, and after its end, it shows none."""
    shown = domain.records if domain.progress is not None and domain.state not in ENDS else ()
    report = readable(domain.report) if shown else None
    cut = canonical(report.zone.cut) if report else ""
    host = host_named(report.zone.dns_host) if report else None
    troubled = domain.state in TROUBLED
    return DomainPage(
        domain=domain.domain,
        standing=standing(domain, report, now),
        stages=_stages(domain, report),
        records=_records(shown, report, cut, host),
        zone_problems=report.zone.problems if report else (),
        cut=cut,
        host=host.name if host else "",
        checked_at=report.checked_at if report else None,
        can_check=bool(shown) and (troubled or domain.state is State.AWAITING_DNS),
        renews=RENEWAL_SECONDS if troubled or domain.state in IN_PROGRESS else 0,
        timeline=timeline_in_words(timeline),
        files=files_of(domain),
        why_no_file=why_no_file(host) if shown else "",
    )


def files_of(domain: SendingDomain) -> tuple[Offer, ...]:
    """The files that only add what is missing, for the DNS host that a check has found."""
    if domain.progress is None or domain.state in ENDS:
        return ()
    report = readable(domain.report)
    cut = canonical(report.zone.cut) if report else ""
    host = host_named(report.zone.dns_host) if report else None
    try:
        return offers(Publication(domain.domain, cut, domain.records, host, report))
    except Unwritable:
        return ()


def _stages(domain: SendingDomain, report: Report | None) -> tuple[Stage, ...]:
    if domain.state not in IN_PROGRESS and domain.state is not State.VERIFIED:
        return ()
    now = 0
    if domain.state is State.VERIFIED:
        now = len(STAGES)
    elif domain.state is State.AWAITING_DNS:
        now = 2 if report is not None and report.verdict is Verdict.READY else 1
    marks = ["past" if i < now else "now" if i == now else "ahead" for i in range(len(STAGES))]
    return tuple(map(Stage, STAGES, marks))


def _records(
    records: Sequence[Record], report: Report | None, cut: str, host: DnsHost | None
) -> tuple[RecordView, ...]:
    keys = [record for record in records if record.purpose is Purpose.DKIM]
    made = []
    for number, step in enumerate(steps(records, report), 1):
        record = step.record
        seen = _seen(record, report)
        status = seen.status if seen else None
        title = TITLES[record.purpose]
        if record in keys:
            title += f" {keys.index(record) + 1} of {len(keys)}"
        made.append(
            RecordView(
                number=number,
                title=title,
                term=TERMS[record.purpose],
                reason="" if record in keys[1:] else REASONS[record.purpose],
                record=record,
                status=status.value if status else "new",
                status_text=STATUSES[status],
                todo=_todo(step),
                fields=entry(step, cut, host).fields,
                value=step.value,
                merged=step.task is Task.CHANGE and step.value != record.value,
                old=step.old if step.task in (Task.CHANGE, Task.REPLACE) else (),
                note=step.note,
                found=seen.found if seen and status in (Status.FOUND, Status.WRONG) else (),
                problems=seen.problems if seen and status is Status.WRONG else (),
            )
        )
    return tuple(sorted(made, key=lambda view: _URGENCY.index(view.status)))


_URGENCY: Final = ("wrong", "missing", "unknown", "propagating", "new", "found")
"""What is to be done stands first."""


def _seen(record: Record, report: Report | None) -> RecordReport | None:
    asked = (record.type, canonical(record.name), record.value)
    seen = report.records if report is not None else ()
    return next((r for r in seen if (r.type, canonical(r.name), r.expected) == asked), None)


def _todo(step: Step) -> str:
    match step.task:
        case Task.ADD:
            return f"Add {a_record(step.record.type)}"
        case Task.REPLACE:
            return f"Delete what is at this name, then add {a_record(step.record.type)}"
        case Task.CHANGE:
            return f"Change the {step.record.type} record that is there; add no second one"
    return ""
