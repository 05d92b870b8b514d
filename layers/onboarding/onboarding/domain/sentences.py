"""The sentences for what owners do wrong with a record: at its name, and elsewhere.

The same promise as in `problems`: whoever reads them may never have edited a DNS record before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from onboarding.domain import problems
from onboarding.domain.judgement import Judgement
from onboarding.domain.merging import CannotMerge, merge_dmarc
from onboarding.domain.problems import (
    Problem,
    ProblemCode,
    a,
    a_record,
    described,
    kind,
    listed,
    quote,
    quoted,
    relative,
    typed,
    visible,
)
from onboarding.domain.records import Purpose, Record

_LONGEST_PLAIN = 120
Explain = Callable[[Record, Judgement], tuple[str, str]]
"""Message and fix."""


def at_the_name(record: Record, judgement: Judgement) -> Problem:
    """The problem for a judgement that has a mistake other than absence."""
    code = judgement.mistake or ProblemCode.WRONG_VALUE
    if code in AT_THE_NAME:
        message, fix = AT_THE_NAME[code](record, judgement)
        return Problem(code, listed(judgement.seen), message, fix)
    if code is ProblemCode.TARGET_DOUBLED_ZONE:
        return problems.target_doubled_zone(record, judgement.seen)
    if record.purpose is Purpose.DMARC and len(judgement.seen) == 1:
        message, fix = _weak_policy(record, judgement)
        return Problem(code, listed(judgement.seen), message, fix)
    return problems.wrong_value(record, judgement.seen)


def _weak_policy(record: Record, judgement: Judgement) -> tuple[str, str]:
    """A policy that asks for less than it should; `detail` is the end of an alias, if one leads
    to it: whoever owns that has to change it."""
    value = _with_all_else(record, judgement.seen[0])
    there = f"The DMARC record at {record.name}"
    if judgement.detail:
        there += f", which is an alias (CNAME record) for {visible(judgement.detail)},"
        fix = (
            f"Leave the alias as it is. Ask who looks after {visible(judgement.detail)} to change "
            f"the value there to exactly {value}, which keeps all else that it says."
        )
    else:
        fix = f"Change its value to exactly {value} and save it. That keeps all else that it says."
    return f"{there} is {quoted(judgement.seen)}, which is weaker than {quote(record.value)}.", fix


def _with_all_else(record: Record, old: str) -> str:
    """The value to be typed: what was asked for, with the owner's own tags."""
    try:
        return typed(replace(record, value=merge_dmarc(old, record.value)))
    except CannotMerge:
        return typed(record)


def misplaced(code: ProblemCode, record: Record, place: str, cut: str) -> Problem:
    """The record stands at `place` in place of its name."""
    if code is ProblemCode.DOUBLED_ZONE:
        return problems.doubled_zone(record, place, cut)
    lost = code is ProblemCode.UNDERSCORE_LOST
    return Problem(
        code,
        place,
        f"The {kind(record.type)} should be at {record.name}, but it is at {place}"
        + (": the underscore (_) has gone missing." if lost else "."),
        f"Edit the record and type {relative(record.name, cut)} as its name"
        + (", with the underscore (_)." if lost else ", exactly so."),
    )


def cname_flattened(record: Record, seen: Sequence[str]) -> Problem:
    """What the alias leads to is published in place of the alias."""
    return Problem(
        ProblemCode.CNAME_FLATTENED,
        listed(seen),
        f"There should be {a(kind(record.type))} at {record.name}, but there is "
        f"{described(seen)}. Your DNS host hides the alias behind what it leads to: by a proxy, or "
        "by “CNAME flattening”.",
        f"Switch the proxy and CNAME flattening off for {record.name}. The name has to be a plain "
        f"CNAME record with the value {typed(record)} again.",
    )


def wildcard_answer(record: Record, seen: Sequence[str], cut: str) -> Problem:
    """Nobody made the name, but a wildcard answers for it."""
    return Problem(
        ProblemCode.WILDCARD_ANSWER,
        listed(seen),
        f"There is no {kind(record.type)} at {record.name} yet. What shows there is "
        f"{described(seen)}. It comes from a wildcard record (*), which answers for every name "
        "that does not exist.",
        f"Add {a_record(record.type)} with the value {typed(record)}, "
        f"{problems.named(record.name, cut)}. The wildcard record may stay.",
    )


def dnssec_bogus(domain: str, signed_at: str) -> Problem:
    """Resolvers that validate refuse the zone's answers."""
    key = f" the key (DS record) that is registered for {visible(signed_at)}"
    return Problem(
        ProblemCode.DNSSEC_BOGUS,
        "SERVFAIL with validation, an answer without",
        f"The signatures that protect {domain} (DNSSEC) do not fit{key if signed_at else ''}. "
        "So most of the world cannot look up any of its records.",
        "Ask your DNS host for the present DS record, and enter it where you bought the domain. If "
        "there is none, have the old DS record removed there. This often happens after a move to "
        "another DNS host.",
    )


def _conflicting_cname(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"There should be {a(kind(record.type))} at {record.name}, but there is "
        f"{described(judgement.seen)}. That is an alias, and a name with an alias can hold nothing "
        "else.",
        f"Delete the CNAME record at {record.name}. Then add {a_record(record.type)} with the "
        f"value {typed(record)} and the same name.",
    )


def _extra_mx(record: Record, judgement: Judgement) -> tuple[str, str]:
    others = "the other one" if len(judgement.seen) == 2 else "the others"
    return (
        f"There are {len(judgement.seen)} mail server entries (MX records) at {record.name}: "
        f"{quoted(judgement.seen)}. Amazon SES, the service that sends your e-mail, accepts only "
        "one there.",
        f"Keep the MX record at {record.name} with the value {typed(record)}, and delete {others}.",
    )


def _wrong_region(record: Record, judgement: Judgement) -> tuple[str, str]:
    where = f"the region {visible(judgement.detail)}" if judgement.detail else "another region"
    return (
        f"The {kind(record.type)} at {record.name} leads to {quoted(judgement.seen)}. This belongs "
        f"to {where} of Amazon SES, the service that sends your e-mail. Yours is sent from another "
        "region.",
        f"Change its value to exactly {typed(record)} and save it.",
    )


def _stale_token(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"The {kind(record.type)} at {record.name} leads to {quoted(judgement.seen)}. That is the "
        "key of another set-up, perhaps of an earlier one of yours.",
        f"Change its value to exactly {typed(record)} and save it.",
    )


def _multiple(name: str, does: str) -> Explain:
    def explain(record: Record, judgement: Judgement) -> tuple[str, str]:
        others = "the other one" if len(judgement.seen) == 2 else "the others"
        return (
            f"There is more than one {name} record at {record.name}: {quoted(judgement.seen)}. "
            f"Such a record {does}. Where there are several, mail providers use none.",
            f"Keep one {name} record at {record.name} with the value {typed(record)}, and "
            f"delete {others}.",
        )

    return explain


def _syntax(name: str, does: str, because: Callable[[str], str]) -> Explain:
    def explain(record: Record, judgement: Judgement) -> tuple[str, str]:
        part = judgement.detail
        why = f": {because(part)}" if part else ""
        or_else = ", or correct only that part" if part else ""
        if name == "SPF" and (own := _own_term(part)):
            or_else = f", or take out {quote(own)}: what it leads to is for its owner to correct"
        return (
            f"The {name} record at {record.name} is {quoted(judgement.seen)}. It {does}, but mail "
            f"providers cannot read it{why}.",
            f"Change its value to exactly {typed(record)} and save it{or_else}.",
        )

    return explain


def _spf_missing_include(record: Record, judgement: Judgement) -> tuple[str, str]:
    terms = [term for term in record.value.split() if "include:" in term.lower()]
    keep = f" If you want to keep the rest, put {' '.join(terms)} in front of its “all”."
    return (
        f"The SPF record at {record.name} is {quoted(judgement.seen)}. It {_SPF_DOES}, but our "
        "servers, which send your e-mail, are not among them.",
        f"Change its value to exactly {typed(record)} and save it.{keep if terms else ''}",
    )


def _spf_too_many(what: str, limit: int) -> Explain:
    def explain(record: Record, judgement: Judgement) -> tuple[str, str]:
        at = f" The first one too many is {_term(judgement.detail)}." if judgement.detail else ""
        return (
            f"The SPF record at {record.name} is {quoted(judgement.seen)}. To read it takes more "
            f"than {limit} {what}, so mail providers give up.{at}",
            f"Change its value to exactly {typed(record)} and save it, or take out the parts "
            "that you do not need.",
        )

    return explain


def _literal_quotes(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"The value of the {kind(record.type)} at {record.name} has quotation marks in it. Mail "
        f"providers read it as {_plainly(judgement.seen)}.",
        f"Delete every quotation mark from the value, so that only {_bare(record)} is left.",
    )


def _split_with_spaces(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"The value of the {kind(record.type)} at {record.name} was cut in pieces, and a space "
        "is missing or too many where the pieces meet. Now it is "
        f"{quoted(judgement.seen)}.",
        f"Delete the whole value. Then enter {typed(record)} in one piece.",
    )


def _invisible_characters(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"The value of the {kind(record.type)} at {record.name} holds characters that cannot be "
        "seen, as copying from a document leaves them. Made visible, it is "
        f"{_escaped(judgement.seen)}.",
        f"Delete the whole value. Then type {typed(record)} by hand, or paste it as plain text.",
    )


def _bare(record: Record) -> str:
    return typed(record) if record.type == "MX" else record.value


def _at_a_term(term: str) -> str:
    return f"they stumble over {_term(term)}"


def _term(where: str) -> str:
    """Where an SPF record fails, by what stands in that record, as `SpfTree.trouble` tells it."""
    own, _, there = where.rpartition("\n")
    return f"{quote(there)} in what {quote(own)} leads to" if own else quote(there)


def _own_term(where: str) -> str:
    return where.rpartition("\n")[0]


def _in_words(trouble: str) -> str:
    return visible(trouble[:_LONGEST_PLAIN])


def _plainly(seen: Sequence[str]) -> str:
    """Values that hold quotation marks of their own."""
    return problems.enumerated([text[:_LONGEST_PLAIN] for text in seen])


def _escaped(seen: Sequence[str]) -> str:
    """Values whose hidden characters, spaces of other kinds or at the ends too, are written as
    escapes."""
    return quoted([_ends_shown("".join(map(_escape, text))) for text in seen])


def _escape(char: str) -> str:
    return char if char.isascii() and char.isprintable() else ascii(char)[1:-1]


def _ends_shown(text: str) -> str:
    inner = text.strip(" ")
    before, _, after = text.partition(inner) if inner else (text, "", "")
    return before.replace(" ", "\\x20") + inner + after.replace(" ", "\\x20")


_SPF_DOES = "says which servers may send for you"
_DMARC_DOES = "says what happens to e-mail that fails the checks"
AT_THE_NAME: Mapping[ProblemCode, Explain] = {
    ProblemCode.CONFLICTING_CNAME: _conflicting_cname,
    ProblemCode.EXTRA_MX: _extra_mx,
    ProblemCode.WRONG_REGION: _wrong_region,
    ProblemCode.STALE_TOKEN: _stale_token,
    ProblemCode.MULTIPLE_SPF: _multiple("SPF", _SPF_DOES),
    ProblemCode.MULTIPLE_DMARC: _multiple("DMARC", _DMARC_DOES),
    ProblemCode.SPF_SYNTAX: _syntax("SPF", _SPF_DOES, _at_a_term),
    ProblemCode.DMARC_SYNTAX: _syntax("DMARC", _DMARC_DOES, _in_words),
    ProblemCode.SPF_MISSING_INCLUDE: _spf_missing_include,
    ProblemCode.SPF_TOO_MANY_LOOKUPS: _spf_too_many("questions to the DNS", 10),
    ProblemCode.SPF_VOID_LOOKUPS: _spf_too_many("questions to the DNS that find nothing", 2),
    ProblemCode.LITERAL_QUOTES: _literal_quotes,
    ProblemCode.SPLIT_WITH_SPACES: _split_with_spaces,
    ProblemCode.INVISIBLE_CHARACTERS: _invisible_characters,
}
