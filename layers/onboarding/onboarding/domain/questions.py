"""Which questions to ask: each record, and only where it is absent the places where mistakes
land. Kept apart from the asking, so that every observer asks the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from onboarding.domain.dnsnames import appended, canonical
from onboarding.domain.matching import Judgement, judge
from onboarding.domain.observation import Answer, Lookup, Question, Zone, question_of
from onboarding.domain.records import Record

TYPES_WHERE_AN_ALIAS_BELONGS = ("TXT", "A", "AAAA", "MX")
"""What owners publish by mistake where a CNAME was asked for."""
_UNUSED_LABEL = "no-such-name-here"


def first_questions(expected: Iterable[Record]) -> tuple[Question, ...]:
    """One question for each record, without repeats, in their order."""
    return tuple(dict.fromkeys(question_of(record) for record in expected))


def follow_ups(
    expected: Sequence[Record], zone: Zone, lookups: Sequence[Lookup]
) -> tuple[tuple[str, Question], ...]:
    """Server and question for what the absence of records makes worth asking.

    One server is enough, the first that lacks the record: a mistake that is in the zone is on
    all of them. The likelier mistakes come first, in case not all can be asked.
    """
    unfound = list(_unfound(expected, zone, lookups))
    doubled = [
        (server, question_of(elsewhere))
        for record, server, _, judgement in unfound
        if judgement.is_missing and (elsewhere := with_zone_doubled(record, zone.cut)) is not None
    ]
    others = [
        (server, question)
        for record, server, answer, judgement in unfound
        for question in _about_the_name(record, answer, judgement)
    ]
    return tuple(dict.fromkeys(doubled + others))


def with_zone_doubled(record: Record, cut: str) -> Record | None:
    """The record as a DNS host publishes it that appends the zone to an already full name."""
    name = appended(canonical(record.name), cut)
    return None if name is None else replace(record, name=name)


def beside(question: Question) -> Question:
    """The question for a name that nobody has made, next to the one asked for.

    Whatever is there comes from a wildcard, and so does the same at the name (RFC 4592 §3.3).
    """
    return Question(f"{_UNUSED_LABEL}.{question.name.partition('.')[2]}", question.type)


def _about_the_name(record: Record, answer: Answer, judgement: Judgement) -> Iterator[Question]:
    """What else is at the name, and whether what is there comes from a wildcard."""
    question = question_of(record)
    if not judgement.is_missing:
        yield beside(question)
    elif record.type == "CNAME" and not answer.nothing_at(question.name):
        for other in TYPES_WHERE_AN_ALIAS_BELONGS:
            yield Question(question.name, other)
            yield beside(Question(question.name, other))


def _unfound(
    expected: Iterable[Record], zone: Zone, lookups: Sequence[Lookup]
) -> Iterator[tuple[Record, str, Answer, Judgement]]:
    """The records that no server has, each as the first server to answer shows it."""
    for record in expected:
        question = question_of(record)
        judged = [
            (lookup.server, lookup.outcome, judgement)
            for lookup in lookups
            if lookup.question == question and isinstance(lookup.outcome, Answer)
            if (judgement := judge(record, lookup.outcome, (zone.cut,))) is not None
        ]
        if judged and not any(judgement.is_found for _, _, judgement in judged):
            yield record, *judged[0]
