"""Changes a record that an owner has already into one that also does what is asked of it.

A name may hold one SPF record and one DMARC record: a second one makes receivers use none
(RFC 7208 §4.5, RFC 9989). So what is needed is put into the one that is there, and all else in it
stays as it is.
"""

from __future__ import annotations

import re

from onboarding.domain.dmarc import DmarcSyntaxError, parse_dmarc
from onboarding.domain.observation import Answer, Outcome, Question, ResourceRecord
from onboarding.domain.problems import ProblemCode
from onboarding.domain.records import Purpose
from onboarding.domain.spf import SpfSyntaxError, parse_spf, passing_includes
from onboarding.domain.spf_tree import Known, SpfTree, trusted_includes
from onboarding.domain.texts import judge_text

_AT = "spf.invalid"
"""Where the merged record is evaluated; the name matters only to macros, which are not followed."""
_ALL = re.compile(r"[-+~?]?all", re.IGNORECASE)
_MODIFIER = re.compile(r"[A-Za-z][-A-Za-z0-9_.]*=")
_ABOUT_STRENGTH = ("pct", "t")
_WHY = {
    ProblemCode.SPF_TOO_MANY_LOOKUPS: "it would take more than 10 questions to the DNS to read it",
    ProblemCode.SPF_VOID_LOOKUPS: "too many of its parts lead to nothing",
    ProblemCode.SPF_SYNTAX: "mail providers could not read it",
}


class CannotMerge(ValueError):
    """The two cannot be one record; the message says why, as the end of a sentence."""


def _nothing_known(question: Question) -> Outcome | None:
    del question
    return None


def merge_spf(old: str, needed: str, known: Known = _nothing_known) -> str:
    """`old` with the includes of `needed` that it lacks; `old` itself if it lacks none.

    They are put before its `all`, since nothing behind it is looked at (RFC 7208 §5.1). `known`
    are answers of the DNS about what it includes; what is not known counts as harmless. Raises
    CannotMerge where one of the two cannot be read, or where receivers would give up on what
    comes of it: more than 10 lookups (§4.6.4).
    """
    try:
        given = passing_includes(parse_spf(old))
        lacking = [each for each in _includes(needed) if each not in given]
    except SpfSyntaxError as error:
        raise CannotMerge(f"“{error}” in it cannot be read") from None
    if not _does(Purpose.MAIL_FROM_SPF, needed, old):
        old = _with_includes(old, lacking)
    if not _does(Purpose.MAIL_FROM_SPF, needed, old):
        raise CannotMerge("what is needed is no list of includes")
    _refuse_what_receivers_give_up_on(old, needed, known)
    return old


def _includes(needed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(passing_includes(parse_spf(needed))))


def _with_includes(old: str, lacking: list[str]) -> str:
    terms = [term for term in old.split(" ") if term]
    ends = (i for i, term in enumerate(terms[1:], 1) if _ALL.fullmatch(term))
    modifiers = (i for i, term in enumerate(terms[1:], 1) if _MODIFIER.match(term))
    at = next(ends, next(modifiers, len(terms)))
    return " ".join((*terms[:at], *(f"include:{each}" for each in lacking), *terms[at:]))


def _refuse_what_receivers_give_up_on(text: str, needed: str, known: Known) -> None:
    answer = Answer(records=(ResourceRecord(_AT, "TXT", text),))
    trouble = SpfTree(_AT, answer, trusted_includes(needed), known).trouble()
    if trouble is not None:
        raise CannotMerge(_WHY[trouble[0]])


def merge_dmarc(old: str, needed: str) -> str:
    """`old` with the policy of `needed`; `old` itself if it is as strict already.

    Every other tag stays, and its own report addresses get the needed ones beside them. Tags
    that would weaken the policy (`pct`, `t`) become what `needed` has of them, and policies for
    subdomains that nobody can read go. Raises CannotMerge where one of the two cannot be read.
    """
    try:
        before, wanted = parse_dmarc(old), parse_dmarc(needed)
    except DmarcSyntaxError as error:
        raise CannotMerge(str(error)) from None
    if not before.lacks and before.strength >= wanted.strength:
        return old
    stricter = max(before.own_policy, wanted.policy)
    merged = {"v": "DMARC1", "p": stricter.name.lower()}
    merged |= {tag: value for tag, value in before.tags.items() if tag not in ("v", "p")}
    for tag in {*before.unreadable_tags} - {"p"}:
        merged.pop(tag)
    for tag in _ABOUT_STRENGTH:
        merged.pop(tag, None)
        if tag in wanted.tags:
            merged[tag] = wanted.tags[tag]
    if "rua" in wanted.tags:
        merged["rua"] = _both(before.tags.get("rua", ""), wanted.tags["rua"])
    return "; ".join(f"{tag}={value}" for tag, value in merged.items())


def _both(old: str, needed: str) -> str:
    """Two lists of report addresses as one."""
    uris = [uri.strip() for uri in f"{old},{needed}".split(",")]
    return ",".join(dict.fromkeys(uri for uri in uris if uri))


def _does(purpose: Purpose, needed: str, text: str) -> bool:
    judgement = judge_text(purpose, needed, (ResourceRecord(_AT, "TXT", text),))
    return judgement.is_found


def merged(purpose: Purpose, old: str, needed: str, known: Known = _nothing_known) -> str:
    """One record of the two, whichever kind it is. Raises CannotMerge, also for other kinds."""
    match purpose:
        case Purpose.MAIL_FROM_SPF:
            return merge_spf(old, needed, known)
        case Purpose.DMARC:
            return merge_dmarc(old, needed)
    raise CannotMerge("such records cannot be merged")
