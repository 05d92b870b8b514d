"""What is wrong with the zone itself and its servers, apart from single records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from onboarding.domain import problems, sentences
from onboarding.domain.dnsnames import canonical
from onboarding.domain.observation import Bogus, Failure, NoSuchZone, Question, Zone
from onboarding.domain.questions import first_questions
from onboarding.domain.report import RecordReport, Status

if TYPE_CHECKING:
    from onboarding.domain.case import Case
    from onboarding.domain.problems import Problem
    from onboarding.domain.records import Record

_NO_FAULT = (Failure.REFERRAL, Failure.NOT_ASKED)
"""Failures that no server is to blame for."""


def zone_problems(
    case: Case, expected: Sequence[Record], records: Sequence[RecordReport]
) -> Iterator[Problem]:
    """The problems that stand above all records."""
    zone = case.observed.zone
    match zone:
        case NoSuchZone():
            yield problems.domain_not_delegated(case.domain, zone.registry)
        case Bogus():
            yield sentences.dnssec_bogus(case.domain, zone.signed_at)
        case Failure():
            yield _not_found_out([case.domain], [zone])
        case Zone():
            yield from _unavailable(case, records)
            yield from _lame(case, zone, expected)


def _unavailable(case: Case, records: Sequence[RecordReport]) -> Iterator[Problem]:
    """One problem for all that nobody answered."""
    unknown = [record for record in records if record.status is Status.UNKNOWN]
    if not unknown:
        return
    questions = {Question(canonical(record.name), record.type) for record in unknown}
    seen = (*case.observed.lookups, *case.observed.resolved)
    failures = [s.outcome for s in seen if s.question in questions]
    names = tuple(dict.fromkeys(record.name for record in unknown))
    yield _not_found_out(names, [f for f in failures if isinstance(f, Failure)])


def _not_found_out(subjects: Sequence[str], failures: Iterable[Failure]) -> Problem:
    """What nobody answered, and what we have not asked to the end, which is no server's fault."""
    reasons = set(failures)
    problem = problems.dns_unavailable(subjects, reasons - {Failure.NOT_ASKED})
    if Failure.NOT_ASKED not in reasons:
        return problem
    return replace(
        problem,
        found=", ".join(sorted(reasons)),
        message=f"{problem.message} This look ended before everything was asked.",
    )


def _lame(case: Case, zone: Zone, expected: Sequence[Record]) -> Iterator[Problem]:
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
            and lookup.outcome not in _NO_FAULT
        ]
        if failures:
            yield problems.lame_nameserver(server, _cut_of(server, case, zone), failures[0])


def _cut_of(server: str, case: Case, zone: Zone) -> str:
    zones = (zone, *case.observed.delegated)
    return next((z.cut for z in zones if server in {s.name for s in z.servers}), zone.cut)
