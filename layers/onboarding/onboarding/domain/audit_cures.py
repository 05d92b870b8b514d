"""What to do about a record of which no value was asked: an audit knows what is wrong with it, and
never what should be there. So what works is left alone, and nothing is to be deleted but what is
there twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.domain.problems import ProblemCode, named, quote
from onboarding.domain.records import Purpose, Record

if TYPE_CHECKING:
    from onboarding.domain.judgement import Judgement

_NOTHING_THERE = frozenset({ProblemCode.MISSING, ProblemCode.WILDCARD_ANSWER})
_ADD = {
    Purpose.MAIL_FROM_SPF: "Ask each service that sends e-mail for you for its part of it. Then "
    "add one TXT record that begins with v=spf1 and has all of these parts, {named}.",
    Purpose.DMARC: "Add a TXT record, {named}. A careful one is “v=DMARC1; p=none; rua=mailto:” "
    "(without the quotation marks), with an address of yours behind it.",
    Purpose.DKIM: "Ask the service that signs your e-mail for the record with its key. Then add "
    "it, {named}.",
}
_MERGE_SPF = (
    "Merge them into one: put the parts of each into the first of them, in front of its “all”. "
    "Then delete the others."
)
_MERGE_DMARC = (
    "Merge them into one: keep the one with the policy that you want, and put the report addresses "
    "of the others into it. Then delete the others."
)
_ASK_FOR_THE_KEY = (
    "Ask the service that signs your e-mail for the record with its key. Then enter the value "
    "exactly as you get it, in one piece."
)
_FEWER = "Take out the parts that you do not need. All others stay as they are."
_CURES = {
    ProblemCode.MULTIPLE_SPF: _MERGE_SPF,
    ProblemCode.MULTIPLE_DMARC: _MERGE_DMARC,
    ProblemCode.SPF_TOO_MANY_LOOKUPS: _FEWER,
    ProblemCode.SPF_VOID_LOOKUPS: _FEWER,
    ProblemCode.SPF_SYNTAX: "Correct only that part. All others stay as they are.",
    ProblemCode.DMARC_SYNTAX: "Correct only that part. All others stay as they are.",
    ProblemCode.LITERAL_QUOTES: "Delete every quotation mark from the value. The rest stays as it "
    "is.",
    ProblemCode.SPLIT_WITH_SPACES: "Enter the same value again in one piece, with its spaces in "
    "the right places.",
    ProblemCode.INVISIBLE_CHARACTERS: "Delete the whole value. Then type the same again by hand, "
    "or paste it as plain text.",
}


def cure_without_a_value(record: Record, judgement: Judgement, cut: str) -> str:
    """The cure for a mistake at the name, or for nothing being there."""
    code = judgement.mistake
    if code in _NOTHING_THERE:
        add = _ADD.get(record.purpose, _ASK_FOR_THE_KEY).format(named=named(record.name, cut))
        return f"{add} The wildcard may stay." if code is ProblemCode.WILDCARD_ANSWER else add
    if code is ProblemCode.CONFLICTING_CNAME:
        return _behind_the_alias(judgement)
    return _CURES.get(code or ProblemCode.WRONG_VALUE, _ASK_FOR_THE_KEY)


def _behind_the_alias(judgement: Judgement) -> str:
    target = quote("".join(judgement.seen[:1]).removeprefix("CNAME "))
    return (
        "Delete nothing: what mail providers look for has to be where the alias leads. Ask who "
        f"looks after {target} to publish it there, if e-mail is sent in this name."
    )
