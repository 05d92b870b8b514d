"""The decision: from what was asked of an owner and what was seen in the DNS to the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from onboarding.domain import problems
from onboarding.domain.dnsnames import canonical
from onboarding.domain.matching import Judgement, judge
from onboarding.domain.observation import (
    Answer,
    Failure,
    NoSuchZone,
    Observation,
    Outcome,
    Question,
    Zone,
    question_of,
)
from onboarding.domain.problems import Problem, ProblemCode
from onboarding.domain.questions import (
    TYPES_WHERE_AN_ALIAS_BELONGS,
    beside,
    first_questions,
    with_zone_doubled,
)
from onboarding.domain.records import Record
from onboarding.domain.report import RecordReport, Report, Status, Verdict, ZoneReport

__all__ = ["RecordReport", "Report", "Status", "Verdict", "ZoneReport", "diagnose"]

_MOST_FOUND, _LONGEST_FOUND = 10, 1024
"""A report is stored and mailed: hostile answers may not blow it up."""
_STILL_THE_RECORD = (None, ProblemCode.TARGET_DOUBLED_ZONE)


def diagnose(
    domain: str, expected: Sequence[Record], observed: Observation, checked_at: datetime
) -> Report:
    """Judge what was seen of `domain`; `checked_at` must have a time zone.

    A record is found only if every authoritative server that answers has it, and an outage is
    never an absence.
    """
    case = _Case(canonical(domain), observed)
    records = tuple(_examine(record, case) for record in expected)
    return Report(
        domain=domain,
        verdict=_verdict([record.status for record in records]),
        checked_at=checked_at,
        zone=_zone_report(case, expected, records),
        records=records,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    domain: str
    observed: Observation

    @property
    def cut(self) -> str:
        return self.observed.zone.cut if isinstance(self.observed.zone, Zone) else ""

    def resolved(self, question: Question) -> Outcome | None:
        found = (seen.outcome for seen in self.observed.resolved if seen.question == question)
        return next(found, None)

    def judge(self, record: Record, answer: Answer) -> Judgement | None:
        """What an answer says of a record. What a wildcard says in its place is no mistake of
        the owner's: the record is still missing."""
        question = question_of(record)
        zones = (self.cut, self.domain)
        judgement = judge(record, answer, zones, self.resolved(question))
        if judgement is None or judgement.is_found:
            return judgement
        by_wildcard = self.wildcard(question)
        if by_wildcard and by_wildcard == _held(answer, question):
            return Judgement(ProblemCode.MISSING)
        return judgement

    def wildcard(self, question: Question) -> frozenset[str]:
        """What a wildcard answers to this question, as far as that was looked up."""
        unmade = beside(question)
        answers = self.observed.answers(unmade)
        return frozenset(text for _, answer in answers for text in _held(answer, unmade))


def _held(answer: Answer, question: Question) -> frozenset[str]:
    """What stands at the name: records of the type, and an alias."""
    types = (question.type, "CNAME")
    return frozenset(f"{t} {rr.text}" for t in types for rr in answer.at(question.name, t))


def _verdict(statuses: Sequence[Status]) -> Verdict:
    if Status.WRONG in statuses:
        return Verdict.WRONG
    if Status.UNKNOWN in statuses or not statuses:
        return Verdict.UNKNOWN
    if all(status is Status.FOUND for status in statuses):
        return Verdict.READY
    return Verdict.WAITING


def _examine(record: Record, case: _Case) -> RecordReport:
    if isinstance(case.observed.zone, NoSuchZone):
        return _reported(record, Status.MISSING, (), (problems.missing(record, ""),))
    judged = [
        (server, judgement)
        for server, answer in case.observed.answers(question_of(record))
        if (judgement := case.judge(record, answer)) is not None
    ]
    having = [server for server, judgement in judged if judgement.is_found]
    lacking = [server for server, judgement in judged if not judgement.is_found]
    seen = tuple(text for _, judgement in judged for text in judgement.seen)
    if not judged:
        return _reported(record, Status.UNKNOWN, seen, ())
    if not lacking:
        return _reported(record, Status.FOUND, seen, ())
    if having:
        disagreement = problems.nameservers_disagree(record, having, lacking)
        return _reported(record, Status.PROPAGATING, seen, (disagreement,))
    mistakes = tuple(_mistakes(record, [judgement for _, judgement in judged], case))
    if mistakes:
        return _reported(record, Status.WRONG, seen, mistakes)
    return _reported(record, Status.MISSING, (), (problems.missing(record, case.cut),))


def _reported(
    record: Record, status: Status, seen: tuple[str, ...], found: tuple[Problem, ...]
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
    )


def _mistakes(record: Record, judged: Sequence[Judgement], case: _Case) -> Iterator[Problem]:
    """What the owner did wrong; nothing if the record is just not there."""
    at_the_name = [j for j in dict.fromkeys(judged) if not j.is_missing]
    if at_the_name:
        yield from (_mistake(record, judgement) for judgement in at_the_name)
        return
    if (doubled := _doubled(record, case)) is not None:
        yield problems.doubled_zone(record, doubled, case.cut)
    if other_types := tuple(_other_types(record, case)):
        yield problems.wrong_type(record, other_types)


def _mistake(record: Record, judgement: Judgement) -> Problem:
    if judgement.mistake is ProblemCode.WRONG_TYPE:
        return problems.wrong_type(record, judgement.seen)
    if judgement.mistake is ProblemCode.TARGET_DOUBLED_ZONE:
        return problems.target_doubled_zone(record, judgement.seen)
    return problems.wrong_value(record, judgement.seen)


def _doubled(record: Record, case: _Case) -> str | None:
    """The doubled name, if the record stands there. Another value would rather be a wildcard's."""
    elsewhere = with_zone_doubled(record, case.cut)
    if elsewhere is None:
        return None
    for _, answer in case.observed.answers(question_of(elsewhere)):
        judgement = case.judge(elsewhere, answer)
        if judgement is not None and judgement.mistake in _STILL_THE_RECORD:
            return elsewhere.name
    return None


def _other_types(record: Record, case: _Case) -> Iterator[str]:
    """What was found of other types where a CNAME belongs, wildcards' answers left out."""
    if record.type != "CNAME":
        return
    for other in TYPES_WHERE_AN_ALIAS_BELONGS:
        question = Question(canonical(record.name), other)
        for _, answer in case.observed.answers(question):
            yield from sorted(_held(answer, question) - case.wildcard(question))


def _zone_report(
    case: _Case, expected: Sequence[Record], records: Sequence[RecordReport]
) -> ZoneReport:
    zone = case.observed.zone
    if isinstance(zone, NoSuchZone):
        return ZoneReport(problems=(problems.domain_not_delegated(case.domain, zone.registry),))
    if isinstance(zone, Failure):
        return ZoneReport(problems=(problems.dns_unavailable(case.domain, [zone]),))
    found = (*_unavailable(case, records), *_lame(case, zone, expected))
    return ZoneReport(cut=zone.cut, nameservers=zone.nameservers, problems=found)


def _unavailable(case: _Case, records: Sequence[RecordReport]) -> Iterator[Problem]:
    """One problem for all that nobody answered."""
    unknown = [record for record in records if record.status is Status.UNKNOWN]
    if not unknown:
        return
    questions = {Question(canonical(record.name), record.type) for record in unknown}
    seen = (*case.observed.lookups, *case.observed.resolved)
    failures = [s.outcome for s in seen if s.question in questions]
    names = " and ".join(dict.fromkeys(record.name for record in unknown))
    yield problems.dns_unavailable(names, [f for f in failures if isinstance(f, Failure)])


def _lame(case: _Case, zone: Zone, expected: Sequence[Record]) -> Iterator[Problem]:
    """Each server that failed where another one answered."""
    asked = first_questions(expected)
    answered = {question for question in asked if case.observed.answers(question)}
    for server in dict.fromkeys(lookup.server for lookup in case.observed.lookups):
        failures = [
            lookup.outcome
            for lookup in case.observed.lookups
            if lookup.server == server
            and lookup.question in answered
            and isinstance(lookup.outcome, Failure)
            and lookup.outcome is not Failure.REFERRAL
        ]
        if failures:
            yield problems.lame_nameserver(server, _cut_of(server, case, zone), failures[0])


def _cut_of(server: str, case: _Case, zone: Zone) -> str:
    zones = (zone, *case.observed.delegated)
    return next((z.cut for z in zones if server in {s.name for s in z.servers}), zone.cut)
