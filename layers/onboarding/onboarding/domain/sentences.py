"""The sentences for what owners do wrong with a record: at its name, and elsewhere.

The same promise as in `problems`: whoever reads them may never have edited a DNS record before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from onboarding.domain import problems
from onboarding.domain.judgement import Judgement
from onboarding.domain.problems import Problem, ProblemCode, listed, relative, visible
from onboarding.domain.records import Record

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
    return problems.wrong_value(record, judgement.seen)


def misplaced(code: ProblemCode, record: Record, place: str, cut: str) -> Problem:
    """The record stands at `place` in place of its name."""
    if code is ProblemCode.DOUBLED_ZONE:
        return problems.doubled_zone(record, place, cut)
    if code is ProblemCode.UNDERSCORE_LOST:
        why = "the underscore (_) has gone missing."
    else:
        why = "the name was typed differently."
    return Problem(
        code,
        place,
        f"The record should be at {record.name}, but it is at {place}: {why}",
        f"Change its name to {relative(record.name, cut)}, exactly so"
        + (", with the underscore." if "_" in record.name else "."),
    )


def cname_flattened(record: Record, seen: Sequence[str]) -> Problem:
    """What the alias leads to is published in place of the alias."""
    return Problem(
        ProblemCode.CNAME_FLATTENED,
        listed(seen),
        f"{record.name} should be a CNAME record that leads to {record.value}, but your name "
        f"servers answer {listed(seen)}: a proxy, or CNAME flattening, hides the CNAME.",
        f"Switch the proxy and CNAME flattening off for {record.name}, so that the name is a "
        f"plain CNAME record to {record.value}.",
    )


def wildcard_answer(record: Record, seen: Sequence[str], cut: str) -> Problem:
    """Nobody made the name, but a wildcard answers for it."""
    return Problem(
        ProblemCode.WILDCARD_ANSWER,
        listed(seen),
        f"There is no record of its own at {record.name} yet: the {listed(seen)} that shows "
        "there comes from a wildcard record (*), which answers for every name that is not made.",
        f"Add a {record.type} record {problems.named(record.name, cut)} with the value "
        f"{record.value}. The wildcard record may stay.",
    )


def dnssec_bogus(domain: str, signed_at: str) -> Problem:
    """Resolvers that validate refuse the zone's answers."""
    chain = f", although the zone above has a DS record for {signed_at}" if signed_at else ""
    return Problem(
        ProblemCode.DNSSEC_BOGUS,
        "SERVFAIL with validation, an answer without",
        f"The DNSSEC signatures of {domain} do not fit{chain}, so most of the world cannot look "
        "up any of its records.",
        "Ask your DNS host to sign the zone again, or remove the DS record at your registrar "
        "until it does. This often happens after a move to another DNS host.",
    )


def _conflicting_cname(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"{record.name} holds a {listed(judgement.seen)}, and a name with a CNAME can hold no "
        f"{record.type} record beside it.",
        f"Delete the CNAME record at {record.name}, and add the {record.type} record with the "
        f"value {record.value}.",
    )


def _extra_mx(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"{record.name} has {len(judgement.seen)} MX records ({listed(judgement.seen)}), but "
        "Amazon SES accepts exactly one there.",
        f"Delete all MX records at {record.name} but {record.value}.",
    )


def _wrong_region(record: Record, judgement: Judgement) -> tuple[str, str]:
    where = f"the region {judgement.detail}" if judgement.detail else "another region"
    return (
        f"The {record.type} record at {record.name} leads to {listed(judgement.seen)}, which "
        f"belongs to {where} of Amazon SES, not to the one that sends for you.",
        f"Change its value to exactly {record.value}.",
    )


def _stale_token(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"The CNAME record at {record.name} leads to {listed(judgement.seen)}: that is the key "
        "of another setup, perhaps of an earlier one of yours.",
        f"Change its value to exactly {record.value}, as in the latest list that you have got.",
    )


def _multiple(kind: str) -> Explain:
    def explain(record: Record, judgement: Judgement) -> tuple[str, str]:
        return (
            f"{record.name} has more than one {kind} record ({listed(judgement.seen)}), so "
            "receivers use none of them.",
            f"Keep one {kind} record at {record.name} that says all, such as {record.value}, and "
            "delete the others.",
        )

    return explain


def _syntax(kind: str) -> Explain:
    def explain(record: Record, judgement: Judgement) -> tuple[str, str]:
        where = f" (the trouble is: {visible(judgement.detail)})" if judgement.detail else ""
        return (
            f"Receivers cannot read the {kind} record at {record.name}, which is "
            f"{listed(judgement.seen)}{where}.",
            f"Change its value to exactly {record.value}, or correct that part.",
        )

    return explain


def _spf_missing_include(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"The SPF record at {record.name} is {listed(judgement.seen)}. It does not let the "
        f"servers send that {record.value} lets send.",
        f"Change its value to exactly {record.value}. If you want to keep the rest, put what "
        "begins with include: in front of its all.",
    )


def _spf_too_many(what: str, limit: int) -> Explain:
    def explain(record: Record, judgement: Judgement) -> tuple[str, str]:
        return (
            f"The SPF record at {record.name} is {listed(judgement.seen)}. It needs more than "
            f"{limit} {what} (too many at {visible(judgement.detail)}), so receivers give it up.",
            f"Change its value to {record.value}, or take out parts that you do not need.",
        )

    return explain


def _literal_quotes(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"The value at {record.name} has quotation marks within it: {listed(judgement.seen)}.",
        f"Type the value without any quotation marks: {record.value}.",
    )


def _split_with_spaces(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"The value at {record.name} was cut in pieces, and a space is missing or too many where "
        f"they meet: {listed(judgement.seen)}.",
        f"Enter the value again in one piece: {record.value}.",
    )


def _invisible_characters(record: Record, judgement: Judgement) -> tuple[str, str]:
    return (
        f"The value at {record.name} holds characters that cannot be seen, as copying from a "
        f"document leaves them: {listed(judgement.seen)}.",
        f"Delete the value, and type it anew or paste it as plain text: {record.value}.",
    )


AT_THE_NAME: Mapping[ProblemCode, Explain] = {
    ProblemCode.CONFLICTING_CNAME: _conflicting_cname,
    ProblemCode.EXTRA_MX: _extra_mx,
    ProblemCode.WRONG_REGION: _wrong_region,
    ProblemCode.STALE_TOKEN: _stale_token,
    ProblemCode.MULTIPLE_SPF: _multiple("SPF"),
    ProblemCode.MULTIPLE_DMARC: _multiple("DMARC"),
    ProblemCode.SPF_SYNTAX: _syntax("SPF"),
    ProblemCode.DMARC_SYNTAX: _syntax("DMARC"),
    ProblemCode.SPF_MISSING_INCLUDE: _spf_missing_include,
    ProblemCode.SPF_TOO_MANY_LOOKUPS: _spf_too_many("DNS lookups", 10),
    ProblemCode.SPF_VOID_LOOKUPS: _spf_too_many("lookups that find nothing", 2),
    ProblemCode.LITERAL_QUOTES: _literal_quotes,
    ProblemCode.SPLIT_WITH_SPACES: _split_with_spaces,
    ProblemCode.INVISIBLE_CHARACTERS: _invisible_characters,
}
