"""The decision: from what was asked of an owner and what was seen in the DNS to the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from onboarding.domain import problems, sentences
from onboarding.domain.advice import advice
from onboarding.domain.audit_cures import cure_without_a_value
from onboarding.domain.case import Case
from onboarding.domain.dns_hosts import Recognition, cure_at, recognise, target_at
from onboarding.domain.dnsnames import canonical
from onboarding.domain.elsewhere import explanation, same_elsewhere
from onboarding.domain.judgement import Judgement
from onboarding.domain.observation import (
    Failure,
    NoSuchZone,
    Observation,
    Zone,
    question_of,
)
from onboarding.domain.policy_cover import Cover, cover_of, does_the_job
from onboarding.domain.problems import Problem, ProblemCode
from onboarding.domain.questions import policy_domain
from onboarding.domain.records import Purpose, Record
from onboarding.domain.report import RecordReport, Report, Status, Verdict, ZoneReport
from onboarding.domain.zone_check import zone_problems

__all__ = ["RecordReport", "Report", "Status", "Verdict", "ZoneReport", "diagnose"]

_MOST_FOUND, _LONGEST_FOUND = 10, 1024
"""A report is stored and mailed: hostile answers may not blow it up."""


def diagnose(
    domain: str, expected: Sequence[Record], observed: Observation, checked_at: datetime
) -> Report:
    """Judge what was seen of `domain`; `checked_at` must have a time zone.

    A record is found only if every authoritative server that answers has it, and an outage is
    never an absence.
    """
    targets = frozenset(canonical(record.value) for record in expected if record.type == "CNAME")
    case = Case(canonical(domain), observed, targets)
    host = _host_of(observed)
    records = tuple(_at_host(_examine(record, case), host, case.cut) for record in expected)
    return Report(
        domain=domain,
        verdict=_verdict([record.status for record in records]),
        checked_at=checked_at,
        zone=_zone_report(case, expected, records, host),
        records=records,
        warnings=advice(case, expected, records),
    )


def _host_of(observed: Observation) -> Recognition:
    zone = observed.zone
    return recognise(zone.nameservers if isinstance(zone, Zone) else ())


def _zone_report(
    case: Case, expected: Sequence[Record], records: Sequence[RecordReport], host: Recognition
) -> ZoneReport:
    found = tuple(zone_problems(case, expected, records))
    zone = case.observed.zone
    if not isinstance(zone, Zone):
        return ZoneReport(problems=found)
    evidence = _with_unasked(host.evidence, case.observed.unasked, len(zone.nameservers))
    return ZoneReport(zone.cut, zone.nameservers, host.slug, evidence, found)


def _with_unasked(evidence: str, unasked: int, servers: int) -> str:
    """The evidence for the host, and how much of the zone it and the records are judged by."""
    if not unasked:
        return evidence
    return f"{evidence or 'not recognised'}; not asked this time: {unasked} of {servers} servers"


def _at_host(report: RecordReport, host: Recognition, cut: str) -> RecordReport:
    """The cures in the terms of the owner's DNS host."""
    if not report.problems:
        return report
    told = []
    for problem in report.problems:
        general = problem.fix
        if problem.code is ProblemCode.TARGET_DOUBLED_ZONE:
            general = target_at(host, report.expected) or general
        own = cure_at(host, problem.code, report.name, report.type, cut)
        told.append(replace(problem, fix=" ".join(filter(None, (general, own)))))
    return replace(report, problems=tuple(told))


def _verdict(statuses: Sequence[Status]) -> Verdict:
    if Status.WRONG in statuses:
        return Verdict.WRONG
    if Status.UNKNOWN in statuses or not statuses:
        return Verdict.UNKNOWN
    if all(status is Status.FOUND for status in statuses):
        return Verdict.READY
    return Verdict.WAITING


def _examine(record: Record, case: Case) -> RecordReport:
    if isinstance(case.observed.zone, NoSuchZone):
        # The zone's own problem says it all.
        return _reported(record, Status.MISSING, ())
    judged = [
        (server, judgement)
        for server, answer in case.observed.answers(question_of(record))
        if (judgement := case.judge(record, answer)) is not None
    ]
    if not judged or not isinstance(case.observed.zone, Zone):
        return _reported(record, Status.UNKNOWN, ())
    return _weighed(record, judged, case)


def _weighed(record: Record, judged: Sequence[tuple[str, Judgement]], case: Case) -> RecordReport:
    """Every server that answers has to have the record; some only means that it spreads."""
    having = [server for server, judgement in judged if judgement.is_found]
    lacking = [server for server, judgement in judged if not judgement.is_found]
    seen = tuple(text for _, judgement in judged for text in judgement.seen)
    if not lacking:
        return _reported(record, Status.FOUND, seen)
    if having:
        disagreement = problems.nameservers_disagree(record, having, lacking)
        return _reported(record, Status.PROPAGATING, seen, disagreement)
    present = [judgement for _, judgement in judged if not judgement.is_missing]
    if present:
        return _reported(record, Status.WRONG, seen, *_mistakes(record, present, case.cut))
    return _absent(record, case)


def _absent(record: Record, case: Case) -> RecordReport:
    """Nobody has put anything at the name."""
    cover = _cover(record, case)
    if isinstance(cover, Failure):
        return _reported(record, Status.UNKNOWN, ())
    if cover is not None and does_the_job(cover, record.value):
        return _reported(record, Status.FOUND, (cover.text,))
    problem = explanation(record, case) or problems.missing(
        record, case.cut, same_elsewhere(record, case)
    )
    if problem.code in (ProblemCode.MISSING, ProblemCode.WILDCARD_ANSWER):
        if not record.asked:
            cure = cure_without_a_value(record, Judgement(problem.code), case.cut)
            problem = replace(problem, fix=cure)
        return _reported(record, Status.MISSING, (), problem)
    return _reported(record, Status.WRONG, (), problem)


def _cover(record: Record, case: Case) -> Cover | Failure | None:
    if record.purpose is not Purpose.DMARC or record.type != "TXT":
        return None
    return cover_of(policy_domain(record), case.observed)


def _reported(
    record: Record, status: Status, seen: tuple[str, ...], *found: Problem
) -> RecordReport:
    distinct = [text[:_LONGEST_FOUND] for text in dict.fromkeys(seen)]
    return RecordReport(
        purpose=record.purpose,
        type=record.type,
        name=record.name,
        expected=record.value,
        found=tuple(distinct[:_MOST_FOUND]),
        status=status,
        problems=found,
        asked=record.asked,
    )


def _mistakes(record: Record, judged: Sequence[Judgement], cut: str) -> Iterator[Problem]:
    """One problem for each kind of mistake at the name, however many servers show it."""
    for code in dict.fromkeys(judgement.mistake for judgement in judged):
        same = [judgement for judgement in judged if judgement.mistake is code]
        seen = tuple(dict.fromkeys(text for judgement in same for text in judgement.seen))
        judgement = replace(same[0], seen=seen)
        problem = sentences.at_the_name(record, judgement)
        if not record.asked:
            problem = replace(problem, fix=cure_without_a_value(record, judgement, cut))
        yield problem
