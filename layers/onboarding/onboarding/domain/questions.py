"""Which questions to ask: each record, and only where it is absent the places where mistakes
land. Kept apart from the asking, so that every observer asks the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from onboarding.domain.dnsnames import canonical, is_at_or_below
from onboarding.domain.judgement import Judgement
from onboarding.domain.matching import judge
from onboarding.domain.observation import Answer, Lookup, Question, Zone, question_of
from onboarding.domain.places import places
from onboarding.domain.policy_cover import walk_questions
from onboarding.domain.records import Purpose, Record

TYPES_WHERE_AN_ALIAS_BELONGS = ("A", "AAAA", "TXT", "MX")
"""What owners publish by mistake where a CNAME was asked for."""
_UNUSED_LABEL = "no-such-name-here"

Asked = tuple[str, Question]
"""A server and the question to put to it."""


@dataclass(frozen=True, slots=True)
class Unfound:
    """A record that no server has, as the first server to answer shows it."""

    record: Record
    server: str
    answer: Answer
    judgement: Judgement


def first_questions(expected: Iterable[Record]) -> tuple[Question, ...]:
    """One question for each record, without repeats, in their order."""
    return tuple(dict.fromkeys(question_of(record) for record in expected))


def follow_ups(
    domain: str, expected: Sequence[Record], zone: Zone, lookups: Sequence[Lookup]
) -> tuple[Asked, ...]:
    """Server and question for what the absence of records makes worth asking.

    One server is enough, the first that lacks the record: a mistake that is in the zone is on
    all of them. The likelier mistakes come first, in case not all can be asked.
    """
    unfound = list(unfound_records(expected, zone, lookups))
    elsewhere = _in_turns([_at_other_places(each, domain, zone.cut) for each in unfound])
    at_the_name = [
        (each.server, question) for each in unfound for question in _about_the_name(each)
    ]
    above = [asked for each in unfound for asked in _policies_above(each.record, zone, each)]
    return tuple(dict.fromkeys([*above, *at_the_name, *elsewhere]))


def beside(question: Question) -> Question:
    """The question for a name that nobody has made, next to the one asked for.

    Whatever is there comes from a wildcard, and so does the same at the name (RFC 4592 §3.3).
    """
    return Question(f"{_UNUSED_LABEL}.{question.name.partition('.')[2]}", question.type)


def unfound_records(
    expected: Iterable[Record], zone: Zone, lookups: Sequence[Lookup]
) -> Iterator[Unfound]:
    """The records that no server has."""
    for record in expected:
        question = question_of(record)
        judged = [
            (lookup.server, lookup.outcome, judgement)
            for lookup in lookups
            if lookup.question == question and isinstance(lookup.outcome, Answer)
            if (judgement := judge(record, lookup.outcome, (zone.cut,))) is not None
        ]
        if judged and not any(judgement.is_found for _, _, judgement in judged):
            yield Unfound(record, *judged[0])


def _at_other_places(unfound: Unfound, domain: str, cut: str) -> list[Asked]:
    if not unfound.judgement.is_missing:
        return []
    found = places(unfound.record, canonical(domain), cut)
    return [(unfound.server, question_of(place.record)) for place in found]


def _about_the_name(unfound: Unfound) -> Iterator[Question]:
    """What else is at the name, and whether what is there comes from a wildcard."""
    question = question_of(unfound.record)
    if not unfound.judgement.is_missing:
        yield beside(question)
    elif unfound.record.type == "CNAME" and not unfound.answer.nothing_at(question.name):
        for other in TYPES_WHERE_AN_ALIAS_BELONGS:
            yield Question(question.name, other)
            yield beside(Question(question.name, other))


def _policies_above(record: Record, zone: Zone, unfound: Unfound) -> Iterator[Asked]:
    """The policies in this zone that may cover the domain; every server is asked, as for the
    record itself."""
    if record.purpose is Purpose.DMARC and unfound.judgement.is_missing:
        for question in walk_questions(policy_domain(record)):
            if is_at_or_below(question.name, zone.cut):
                yield from ((server.name, question) for server in zone.servers)


def policy_domain(record: Record) -> str:
    """The domain that a policy record is about."""
    return canonical(record.name).removeprefix("_dmarc.")


def _in_turns(lists: Sequence[Sequence[Asked]]) -> list[Asked]:
    """The first of each list, then the second of each."""
    longest = max(map(len, lists), default=0)
    return [each[turn] for turn in range(longest) for each in lists if turn < len(each)]
