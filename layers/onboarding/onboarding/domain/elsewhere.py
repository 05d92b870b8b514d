"""What an owner did with a record that is not at its name: another place, or another type."""

from __future__ import annotations

from collections.abc import Iterator

from onboarding.domain import sentences
from onboarding.domain.case import Case, held
from onboarding.domain.dkim_key import is_key
from onboarding.domain.dnsnames import canonical
from onboarding.domain.observation import Question, question_of
from onboarding.domain.places import Place, places
from onboarding.domain.problems import Problem, ProblemCode, wrong_type
from onboarding.domain.questions import TYPES_WHERE_AN_ALIAS_BELONGS
from onboarding.domain.records import Purpose, Record
from onboarding.domain.texts import squeezed

_STILL_THE_RECORD = (None, ProblemCode.TARGET_DOUBLED_ZONE)
_ADDRESSES = ("A", "AAAA")


def explanation(record: Record, case: Case) -> Problem | None:
    """The one mistake that explains why nothing is at the name, the most telling first."""
    for place in _found_at(record, case):
        if place.is_slip:
            return sentences.misplaced(place.mistake, record, place.record.name, case.cut)
    return _of_another_type(record, case) or _by_wildcard(record, case)


def same_elsewhere(record: Record, case: Case) -> str:
    """Another name that has such a record rightly, as far as anybody can tell; empty without."""
    found = (place for place in _found_at(record, case) if not place.is_slip)
    return next((place.record.name for place in found), "")


def _found_at(record: Record, case: Case) -> Iterator[Place]:
    return (p for p in places(record, case.domain, case.cut) if _is_there(p, record, case))


def _is_there(place: Place, record: Record, case: Case) -> bool:
    """Only the very record counts: another value would rather be a wildcard's, or there for
    reasons of its own, as SPF at a zone's top mostly is."""
    question = question_of(place.record)
    if case.wildcard_is_unknown(question):
        return False
    for _, answer in case.observed.answers(question):
        if case.is_wildcards(question, answer):
            continue
        judgement = case.judge(place.record, answer)
        if judgement is None or judgement.mistake not in _STILL_THE_RECORD:
            continue
        if record.purpose is not Purpose.MAIL_FROM_SPF or record.type != "TXT":
            return True
        if squeezed(record.value).lower() in {squeezed(text).lower() for text in judgement.seen}:
            return True
    return False


def _of_another_type(record: Record, case: Case) -> Problem | None:
    if record.type == "MX":
        as_text = tuple(dict.fromkeys(_as_text(record, case)))
        return wrong_type(record, as_text) if as_text else None
    if record.type != "CNAME":
        return None
    found = tuple(dict.fromkeys(_other_types(record, case)))
    if not found:
        return None
    if any(_is_flattened(text) for text in found):
        return sentences.cname_flattened(record, found)
    return wrong_type(record, found)


def _is_flattened(found: str) -> bool:
    """Addresses, or the key that is at the alias's end: what the alias leads to in its place."""
    type_, _, text = found.partition(" ")
    return type_ in _ADDRESSES or (type_ == "TXT" and is_key(text))


def _other_types(record: Record, case: Case) -> Iterator[str]:
    """What was found of other types where a CNAME belongs, wildcards' answers left out."""
    for other in TYPES_WHERE_AN_ALIAS_BELONGS:
        question = Question(canonical(record.name), other)
        for _, answer in case.observed.answers(question):
            yield from sorted(held(answer, question) - case.wildcard(question))


def _as_text(record: Record, case: Case) -> Iterator[str]:
    """Texts at the name that hold the mail server which was asked for. They cost no question where
    an SPF record was asked for at the same name."""
    question = Question(canonical(record.name), "TXT")
    for _, answer in case.observed.answers(question):
        for found in answer.at(question.name, "TXT"):
            if canonical(found.text.strip('" ').rpartition(" ")[2]) == _host(record.value):
                yield f"TXT {found.text}"


def _host(value: str) -> str:
    """The mail server in the value of an MX record: ``10 mail.example.net``."""
    return canonical(value.rpartition(" ")[2])


def _by_wildcard(record: Record, case: Case) -> Problem | None:
    """Nobody made the name, but a wildcard answers for it."""
    types = TYPES_WHERE_AN_ALIAS_BELONGS if record.type == "CNAME" else ()
    for question in (Question(canonical(record.name), type_) for type_ in (record.type, *types)):
        for _, answer in case.observed.answers(question):
            shown = held(answer, question)
            if shown and shown == case.wildcard(question):
                return sentences.wildcard_answer(record, sorted(shown), case.cut)
    return None
