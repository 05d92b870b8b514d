"""Which questions to put to a resolver: what lies outside of the zone, and so at servers that
are not asked themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
_MOST_IN_ALL = 60
_MOST_REPORT_DOMAINS = 12
"""Questions about those to whom reports go, who decide nothing: anybody may name hundreds."""


def resolver_questions(
    expected: Sequence[Record],
    zone: Zone,
    lookups: Sequence[Lookup],
    resolved: Sequence[Lookup],
) -> tuple[Question, ...]:
    """What to ask next, given what was seen. Ask until there is nothing more: each round may
    lead on to another, as an SPF record's includes do. What decides most comes first.

    However much is published, there is an end to the rounds.
    """
    if len(resolved) >= _MOST_IN_ALL:
        return ()
    known = {lookup.question: lookup.outcome for lookup in resolved}
    answers = answered(lookups)
    seen = [(r, answer) for r in expected for _, answer in answers.get(question_of(r), ())]
    wanted = dict.fromkeys(question_of(r) for r, answer in seen if leads_elsewhere(r, answer))
    wanted |= dict.fromkeys(_above(expected, zone, lookups))
    for record, answer in seen:
        wanted |= dict.fromkeys(_included(record, answer, known))
    authorisations = (question for each in seen for question in _authorisations(*each))
    wanted |= dict.fromkeys(_distinct(authorisations, _MOST_REPORT_DOMAINS))
    return tuple(question for question in wanted if question not in known)[:_MOST_AT_ONCE]


def _distinct(questions: Iterable[Question], most: int) -> Sequence[Question]:
    """The first of them, none twice; no more are thought up than that takes."""
    found: dict[Question, None] = {}
    for question in questions:
        found[question] = None
        if len(found) >= most:
            break
    return tuple(found)


def _included(
    record: Record, answer: Answer, known: Mapping[Question, Outcome]
) -> Sequence[Question]:
    """What an SPF record leads on to."""
    if record.purpose is not Purpose.MAIL_FROM_SPF or record.type != "TXT":
        return ()
    trusted = trusted_includes(record.value)
    return SpfTree(canonical(record.name), answer, trusted, known.get).unasked()


def _authorisations(record: Record, answer: Answer) -> Iterator[Question]:
    """Do those to whom reports go want them?"""
    if record.purpose is not Purpose.DMARC:
        return
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
