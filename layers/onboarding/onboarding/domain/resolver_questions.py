"""Which questions to put to a resolver: what lies outside of the zone, and so at servers that
are not asked themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onboarding.domain.dmarc import DmarcSyntaxError, parse_dmarc
from onboarding.domain.dmarc_reports import authorisation, report_domains
from onboarding.domain.dnsnames import canonical, is_at_or_below
from onboarding.domain.matching import leads_elsewhere
from onboarding.domain.observation import (
    Answer,
    Lookup,
    Outcome,
    Question,
    Zone,
    answered,
    question_of,
)
from onboarding.domain.policy_cover import leads_out, walk_questions
from onboarding.domain.questions import policy_domain, unfound_records
from onboarding.domain.records import Purpose, Record
from onboarding.domain.spf_tree import SpfTree, trusted_includes

_MOST_AT_ONCE = 12


def resolver_questions(
    expected: Sequence[Record],
    zone: Zone,
    lookups: Sequence[Lookup],
    resolved: Sequence[Lookup],
) -> tuple[Question, ...]:
    """What to ask next, given what was seen. Ask until there is nothing more: each round may
    lead on to another, as an SPF record's includes do."""
    known = {lookup.question: lookup.outcome for lookup in resolved}
    answers = answered(lookups)
    wanted: dict[Question, None] = {}
    for record in expected:
        for _, answer in answers.get(question_of(record), ()):
            wanted |= dict.fromkeys(_about(record, answer, known))
    wanted |= dict.fromkeys(_above(expected, zone, lookups))
    return tuple(question for question in wanted if question not in known)[:_MOST_AT_ONCE]


def _about(record: Record, answer: Answer, known: dict[Question, Outcome]) -> Iterator[Question]:
    if leads_elsewhere(record, answer):
        yield question_of(record)
    if record.purpose is Purpose.MAIL_FROM_SPF and record.type == "TXT":
        trusted = trusted_includes(record.value)
        yield from SpfTree(canonical(record.name), answer, trusted, known.get).unasked()
    if record.purpose is Purpose.DMARC:
        yield from _authorisations(record, answer)


def _authorisations(record: Record, answer: Answer) -> Iterator[Question]:
    """Do those to whom reports go want them?"""
    domain = policy_domain(record)
    for text in (rr.text for rr in answer.records if rr.type == "TXT"):
        try:
            policy = parse_dmarc(text)
        except DmarcSyntaxError:
            continue
        for other in report_domains(policy, domain):
            yield authorisation(domain, other)


def _above(expected: Sequence[Record], zone: Zone, lookups: Sequence[Lookup]) -> Iterator[Question]:
    """Policies above the zone that may cover the domain, and those that are aliases out of it."""
    policies = [record for record in expected if record.purpose is Purpose.DMARC]
    for unfound in unfound_records(policies, zone, lookups):
        if unfound.may_be_covered:
            for question in walk_questions(policy_domain(unfound.record)):
                if not is_at_or_below(question.name, zone.cut) or _leaves(question, lookups):
                    yield question


def _leaves(question: Question, lookups: Sequence[Lookup]) -> bool:
    return any(
        lookup.question == question
        and isinstance(lookup.outcome, Answer)
        and leads_out(lookup.outcome, question)
        for lookup in lookups
    )
