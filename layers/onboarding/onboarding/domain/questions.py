"""Which questions to ask: each record, and only where it is absent the places where mistakes
land. Kept apart from the asking, so that every observer asks the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onboarding.domain.dnsnames import canonical, is_at_or_below
from onboarding.domain.matching import judge
from onboarding.domain.observation import Answer, Lookup, Question, Zone, answered, question_of
from onboarding.domain.places import places
from onboarding.domain.policy_cover import walk_questions
from onboarding.domain.problems import ProblemCode
from onboarding.domain.records import Purpose, Record

if TYPE_CHECKING:
    from onboarding.domain.judgement import Judgement

TYPES_WHERE_AN_ALIAS_BELONGS = ("A", "AAAA", "TXT", "MX")
"""What owners publish by mistake where a CNAME was asked for."""
_UNUSED_LABEL = "no-such-name-here"
_NO_WILDCARDS = frozenset(
    {
        ProblemCode.TARGET_DOUBLED_ZONE,
        ProblemCode.WRONG_REGION,
        ProblemCode.STALE_TOKEN,
        ProblemCode.LITERAL_QUOTES,
        ProblemCode.SPLIT_WITH_SPACES,
        ProblemCode.INVISIBLE_CHARACTERS,
    }
)
"""Mistakes with the very value that was asked for, which no wildcard holds by chance."""
_NO_POLICY = frozenset(
    {ProblemCode.CONFLICTING_CNAME, ProblemCode.MULTIPLE_DMARC, ProblemCode.DMARC_SYNTAX}
)
"""What receivers pass over; where it comes from a wildcard, it says nothing against a cover."""
_MARKS = ("dmarc", "dkim", "domainkey")
"""What the target of an alias is called where a service looks after policy or key."""

MOST_QUESTIONS = 60
"""In one domain's check."""
_FOR_THE_RESOLVER = 6
"""Kept for what only a resolver knows: without it a record at the end of an alias is unknown."""

Asked = tuple[str, Question]
"""A server and the question to put to it."""


@dataclass(frozen=True, slots=True)
class Unfound:
    """A record that no server has, as the first server to answer shows it."""

    record: Record
    server: str
    answer: Answer
    judgement: Judgement

    @property
    def is_meant(self) -> bool:
        """Does what stands there give away that somebody put it there for this record?

        Anything else may be a wildcard's, behind which the record can be at another name.
        """
        if self.judgement.mistake in _NO_WILDCARDS:
            return True
        alias = self.judgement.mistake is ProblemCode.CONFLICTING_CNAME
        return alias and any(mark in self.judgement.seen[0].lower() for mark in _MARKS)

    @property
    def may_be_covered(self) -> bool:
        """Do receivers find no policy at the name, so that they look further up?"""
        if self.judgement.mistake is ProblemCode.CONFLICTING_CNAME and self.is_meant:
            return False
        return self.record.purpose is Purpose.DMARC and (
            self.judgement.is_missing or self.judgement.mistake in _NO_POLICY
        )


def first_questions(expected: Iterable[Record]) -> tuple[Question, ...]:
    """One question for each record, without repeats, in their order."""
    return tuple(dict.fromkeys(question_of(record) for record in expected))


def follow_ups(
    domain: str, expected: Sequence[Record], zone: Zone, lookups: Sequence[Lookup]
) -> tuple[Asked, ...]:
    """Server and question for what the absence of records makes worth asking.

    One server is enough, the first that lacks the record: a mistake that is in the zone is on
    all of them. The likelier mistakes come first, since not all can be asked where there are many
    servers: a wildcard decides what an answer means, and a name with the zone behind it twice is
    what owners get wrong most. A policy that may cover the domain is always asked for, since the
    record would read as missing otherwise.
    """
    unfound = list(unfound_records(expected, zone, lookups))
    elsewhere = [_at_other_places(each, domain, zone.cut) for each in unfound]
    needed = [asked for each in unfound for asked in _policies_above(each, zone)]
    wanted = (
        *(asked for each in unfound for asked in _by_wildcard(each)),
        *_in_turns([places[:1] for places in elsewhere]),
        *(asked for each in unfound for asked in _of_other_types(each)),
        *_in_turns([places[1:] for places in elsewhere]),
    )
    # What is beside the zone's top is not this zone's to answer.
    inside = dict.fromkeys(each for each in wanted if is_at_or_below(each[1].name, zone.cut))
    left = MOST_QUESTIONS - _to_find(zone) - len(lookups) - len(needed) - _FOR_THE_RESOLVER
    return tuple(dict.fromkeys((*needed, *tuple(inside)[: max(0, left)])))


def _to_find(zone: Zone) -> int:
    """The questions that it took to find the zone: SOA, NS, and each server's address."""
    return 2 + len(zone.servers)


def beside(question: Question) -> Question:
    """The question for a name that nobody has made, next to the one asked for.

    Whatever is there comes from a wildcard, and so does the same at the name (RFC 4592 §3.3).
    """
    return Question(f"{_UNUSED_LABEL}.{question.name.partition('.')[2]}", question.type)


def unfound_records(
    expected: Iterable[Record], zone: Zone, lookups: Sequence[Lookup]
) -> Iterator[Unfound]:
    """The records that no server has."""
    answers = answered(lookups)
    for record in expected:
        judged = [
            (server, answer, judgement)
            for server, answer in answers.get(question_of(record), ())
            # The worst is assumed of an alias that leads elsewhere: it may be a wildcard's.
            if (judgement := judge(record, answer, (zone.cut,), answer)) is not None
        ]
        if judged and not any(judgement.is_found for _, _, judgement in judged):
            yield Unfound(record, *judged[0])


def _at_other_places(unfound: Unfound, domain: str, cut: str) -> list[list[Asked]]:
    """The questions about each place. With a text goes one about a wildcard: the policy or SPF
    record of a wildcard would be taken for the owner's, while no wildcard holds a DKIM key."""
    if unfound.is_meant:
        return []
    found = [question_of(place.record) for place in places(unfound.record, canonical(domain), cut)]
    return [
        [(unfound.server, question)]
        + [(unfound.server, beside(question))] * (question.type == "TXT")
        for question in found
    ]


def _by_wildcard(unfound: Unfound) -> Iterator[Asked]:
    """Does what is at the name come from a wildcard?"""
    if not unfound.judgement.is_missing:
        yield unfound.server, beside(question_of(unfound.record))


def _of_other_types(unfound: Unfound) -> Iterator[Asked]:
    """What else is where an alias belongs, and whether that comes from a wildcard."""
    question = question_of(unfound.record)
    may_be_there = unfound.judgement.is_missing and not unfound.answer.nothing_at(question.name)
    if unfound.record.type == "CNAME" and may_be_there:
        for other in TYPES_WHERE_AN_ALIAS_BELONGS:
            yield unfound.server, Question(question.name, other)
            yield unfound.server, beside(Question(question.name, other))


def _policies_above(unfound: Unfound, zone: Zone) -> Iterator[Asked]:
    """The policies in this zone that may cover the domain; every server is asked, as for the
    record itself."""
    if unfound.may_be_covered:
        for question in walk_questions(policy_domain(unfound.record)):
            if is_at_or_below(question.name, zone.cut):
                yield from ((server.name, question) for server in zone.servers)


def policy_domain(record: Record) -> str:
    """The domain that a policy record is about."""
    return canonical(record.name).removeprefix("_dmarc.")


def _in_turns(lists: Sequence[Sequence[Sequence[Asked]]]) -> list[Asked]:
    """The first of each list, then the second of each, each with what belongs to it."""
    turns = range(max(map(len, lists), default=0))
    return [asked for n in turns for each in lists if n < len(each) for asked in each[n]]
