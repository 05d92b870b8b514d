"""The mistakes that a check can name, each with a message and a cure in plain words.

A message says what was expected and what was found; a fix says what to do. Whoever reads them
may never have edited a DNS record before: a term of the trade stands in brackets behind a plain
word, and nobody is blamed. Text from the network is made visible before it is put into a sentence.
A value to be typed never stands at a sentence's end, where its full stop would be typed too. All of
them, with examples: `docs/messages.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from onboarding.domain.observation import Failure

if TYPE_CHECKING:
    from onboarding.domain.records import Record

_LONGEST_QUOTE = 255
_LONGEST_SHOWN = 120
"""Characters of a value from the network: as it is kept, and within a sentence."""


class ProblemCode(StrEnum):
    """Every mistake that a report can name."""

    MISSING = "missing"
    WRONG_VALUE = "wrong_value"
    WRONG_TYPE = "wrong_type"
    WRONG_PLACE = "wrong_place"
    DOUBLED_ZONE = "doubled_zone"
    TARGET_DOUBLED_ZONE = "target_doubled_zone"
    UNDERSCORE_LOST = "underscore_lost"
    CNAME_FLATTENED = "cname_flattened"
    CONFLICTING_CNAME = "conflicting_cname"
    EXTRA_MX = "extra_mx"
    WRONG_REGION = "wrong_region"
    STALE_TOKEN = "stale_token"
    MULTIPLE_SPF = "multiple_spf"
    SPF_SYNTAX = "spf_syntax"
    SPF_MISSING_INCLUDE = "spf_missing_include"
    SPF_TOO_MANY_LOOKUPS = "spf_too_many_lookups"
    SPF_VOID_LOOKUPS = "spf_void_lookups"
    MULTIPLE_DMARC = "multiple_dmarc"
    DMARC_SYNTAX = "dmarc_syntax"
    LITERAL_QUOTES = "literal_quotes"
    SPLIT_WITH_SPACES = "split_with_spaces"
    INVISIBLE_CHARACTERS = "invisible_characters"
    WILDCARD_ANSWER = "wildcard_answer"
    NAMESERVERS_DISAGREE = "nameservers_disagree"
    LAME_NAMESERVER = "lame_nameserver"
    DNSSEC_BOGUS = "dnssec_bogus"
    DOMAIN_NOT_DELEGATED = "domain_not_delegated"
    DNS_UNAVAILABLE = "dns_unavailable"


class WarningCode(StrEnum):
    """What works, but could be better."""

    DMARC_PERCENT_IGNORED = "dmarc_percent_ignored"
    DMARC_NO_REPORTS = "dmarc_no_reports"
    DMARC_EXTERNAL_REPORTS_UNAUTHORISED = "dmarc_external_reports_unauthorised"
    DMARC_POLICY_NONE = "dmarc_policy_none"
    SPF_ALL_OPEN = "spf_all_open"
    DKIM_KEY_SHORT = "dkim_key_short"
    LOW_TTL = "low_ttl"
    SINGLE_NAMESERVER = "single_nameserver"


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake: what was found (may be empty), what that means, and how to cure it."""

    code: ProblemCode
    found: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class ReportWarning:
    """Something that works but could be better."""

    code: WarningCode
    message: str


def missing(record: Record, cut: str, elsewhere: str = "") -> Problem:
    """Nothing is there; it may only be a matter of time. `elsewhere` has the same record, which
    may be at work there."""
    stays = f" The one at {elsewhere} is for other e-mail: leave it as it is." if elsewhere else ""
    return Problem(
        ProblemCode.MISSING,
        "",
        f"There is no {kind(record.type)} at {record.name} yet.{stays}",
        f"Add {a_record(record.type)} with the value {typed(record)}, "
        f"{named(record.name, cut)}. If you have just added it, allow an hour for it to show.",
    )


def wrong_value(record: Record, seen: Sequence[str]) -> Problem:
    """The right type at the right name, but it does not do the job."""
    if len(seen) > 1:
        is_ = f"there are {len(seen)}: {quoted(seen)}"
        fix = f"Set the value of one of them to exactly {typed(record)}, and delete the rest."
    else:
        is_ = f"it is {quoted(seen)}"
        fix = f"Change its value to exactly {typed(record)} and save it."
    return Problem(
        ProblemCode.WRONG_VALUE,
        listed(seen),
        f"The {kind(record.type)} at {record.name} should be {quote(record.value)}, but {is_}.",
        fix,
    )


def wrong_type(record: Record, seen: Sequence[str]) -> Problem:
    """The name holds a record of another type; `seen` are `TYPE value`."""
    # Nothing may stand beside an alias; beside an MX record may, and it was found as a text.
    what = "what is there" if record.type == "CNAME" else f"that {kind('TXT')}"
    return Problem(
        ProblemCode.WRONG_TYPE,
        listed(seen),
        f"There should be {a(kind(record.type))} at {record.name}, but there is "
        f"{described(seen)} in its place.",
        f"Delete {what}. Then add {a_record(record.type)} with the value "
        f"{typed(record)} and the same name.",
    )


def doubled_zone(record: Record, doubled_name: str, cut: str) -> Problem:
    """The host appended the zone to a name that was full already."""
    return Problem(
        ProblemCode.DOUBLED_ZONE,
        doubled_name,
        f"The {kind(record.type)} should be at {record.name}, but it is at {doubled_name}. "
        f"Your DNS host adds .{cut} to every name by itself, so that part is there twice.",
        f"Edit the record and type {relative(record.name, cut)} as its name, "
        f"without {cut} at the end.",
    )


def target_doubled_zone(record: Record, seen: Sequence[str]) -> Problem:
    """The host appended the zone to the target."""
    host = record.value.rpartition(" ")[2]
    return Problem(
        ProblemCode.TARGET_DOUBLED_ZONE,
        listed(seen),
        f"The {kind(record.type)} at {record.name} should lead to {quote(record.value)}, but "
        f"leads to {quoted(seen)}. Your DNS host has put your own domain behind it.",
        f"Type the value as “{host}.” (without the quotation marks), with the dot at its end. If "
        "your DNS host refuses the dot, ask it how to enter a value outside of your own domain.",
    )


def nameservers_disagree(record: Record, having: Sequence[str], lacking: Sequence[str]) -> Problem:
    """Some servers have the record and others do not."""
    return Problem(
        ProblemCode.NAMESERVERS_DISAGREE,
        f"on {_and(having)}, not on {_and(lacking)}",
        "The name servers, which answer for your domain, do not agree yet. "
        f"{enumerated(having)} {_verb(having, 'has', 'have')} the {kind(record.type)} at "
        f"{record.name}, but {enumerated(lacking)} {_verb(lacking, 'does', 'do')} not have it as "
        "it should be.",
        "Wait a few hours if you have just changed the record: the change has to spread. If they "
        f"still differ after a day, ask your DNS host about {enumerated(lacking)}.",
    )


_DOES = {
    Failure.TIMEOUT: "does not answer",
    Failure.SERVFAIL: "says that it has failed (SERVFAIL)",
    Failure.REFUSED: "refuses to answer",
    Failure.NOT_AUTHORITATIVE: "says that it does not know the domain",
    Failure.MALFORMED: "gives answers that nobody can read",
    Failure.UNREACHABLE: "cannot be reached",
    Failure.REFERRAL: "sends us on to other servers",
}


def lame_nameserver(server: str, cut: str, failure: Failure) -> Problem:
    """A server of the zone does not do its work, while others do."""
    name = visible(server)
    return Problem(
        ProblemCode.LAME_NAMESERVER,
        f"{server}: {failure}",
        f"{name} is one of the name servers, which are to answer for {cut}. But it "
        f"{_DOES[failure]}.",
        f"Ask your DNS host whether {name} should still answer for {cut}. If not, have it removed "
        "from the name servers where you bought the domain. Your other name servers were enough "
        "for this check.",
    )


_BECAUSE = {
    Failure.TIMEOUT: "no answer came in time",
    Failure.SERVFAIL: "a name server failed",
    Failure.REFUSED: "a name server refused to answer",
    Failure.NOT_AUTHORITATIVE: "a name server did not know the domain",
    Failure.MALFORMED: "an answer could not be read",
    Failure.UNREACHABLE: "a name server could not be reached",
    Failure.REFERRAL: "a name server sent us on to others",
}


def dns_unavailable(subjects: Sequence[str], failures: Iterable[Failure]) -> Problem:
    """Nobody who should know the `subjects` (names) answered; that says nothing about what is
    published."""
    reasons = sorted(set(failures))
    because = f": {enumerated([_BECAUSE[reason] for reason in reasons])}" if reasons else ""
    return Problem(
        ProblemCode.DNS_UNAVAILABLE,
        ", ".join(reasons),
        f"We could not find out about {enumerated(subjects, most=2)}{because}. "
        "So we do not know yet whether everything is right.",
        "Change nothing for now: we ask again. If this lasts longer than a day, ask your DNS host "
        "whether its name servers work.",
    )


def domain_not_delegated(domain: str, registry: str) -> Problem:
    """The registry knows no name servers for the domain."""
    bought = _bought(domain, registry)
    knows = f"the registry of .{visible(registry)} knows" if registry else "the internet knows"
    below = "" if bought == domain else f" So nothing can be found at {domain} either."
    return Problem(
        ProblemCode.DOMAIN_NOT_DELEGATED,
        f"no name servers for {domain}",
        f"{bought} does not exist in the DNS, the address book of the internet: {knows} nobody "
        f"who answers for it.{below}",
        f"Check the spelling of {bought}. If it is right, ask where you bought the domain whether "
        "it is registered and paid for, and enter the name servers of your DNS host there.",
    )


def _bought(domain: str, registry: str) -> str:
    """The name that people register: one label more than the registry's."""
    labels = domain.split(".")
    return ".".join(labels[-registry.count(".") - 2 :]) if registry else domain


def visible(text: str) -> str:
    """`text` with whatever a reader could not see written as an escape, and cut to a length."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: _LONGEST_QUOTE + 1])
    return shown if len(shown) <= _LONGEST_QUOTE else shown[:_LONGEST_QUOTE] + "…"


def listed(seen: Sequence[str]) -> str:
    """The values found, made visible: how a problem is known again, so it may not change."""
    return " and ".join(visible(text) for text in seen[:5])


def quote(text: str) -> str:
    """`text`, made visible and cut, between marks that no record is written with."""
    shown = visible(text)
    return f"“{shown}”" if len(shown) <= _LONGEST_SHOWN else f"“{shown[:_LONGEST_SHOWN]}…”"


def quoted(seen: Sequence[str]) -> str:
    """The values found, for a sentence."""
    return enumerated([quote(text) for text in seen])


def described(seen: Sequence[str]) -> str:
    """What was found as `TYPE value`, for a sentence."""
    parts = [text.partition(" ") for text in seen]
    return enumerated([f"{quote(text)} ({visible(type_)} record)" for type_, _, text in parts])


def typed(record: Record) -> str:
    """The value to be typed: where it has spaces, marks show its ends; a priority stands apart, as
    the forms of most DNS hosts want it."""
    if record.type == "MX" and " " in record.value:
        priority, _, host = record.value.partition(" ")
        return f"{host} (priority {priority})"
    value = record.value
    return f"“{value}” (without the quotation marks)" if " " in value else value


def enumerated(texts: Sequence[str], most: int = 3) -> str:
    """`a`, `a and b`, `a, b and c`, or the first `most` of them and how many more."""
    shown = [visible(text) for text in texts[:most]]
    if len(texts) > most:
        shown.append(f"{len(texts) - most} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


_KINDS = {
    "CNAME": "alias (CNAME record)",
    "MX": "mail server entry (MX record)",
    "TXT": "text entry (TXT record)",
}


def kind(type_: str) -> str:
    """What a record of that type is, for those who do not know the type."""
    return _KINDS.get(type_, f"{type_} record")


def a_record(type_: str) -> str:
    """A record of that type as DNS hosts call it, with its article: the letters are spoken."""
    return f"{'an' if type_[:1] in tuple('AEFHILMNORSX') else 'a'} {type_} record"


def a(noun: str) -> str:
    """`noun` with its article."""
    return f"an {noun}" if noun[:1] in "aeio" else f"a {noun}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(visible(name) for name in names)


def _verb(subjects: Sequence[str], one: str, many: str) -> str:
    return one if len(subjects) == 1 else many


def named(name: str, cut: str) -> str:
    """What to call a record that is to be added, within its zone and in full."""
    short = relative(name, cut)
    return f"named {name}" if short == name else f"named {short} in {cut} (in full {name})"


def relative(name: str, cut: str) -> str:
    """The name as most DNS hosts want it typed: without the zone, the zone itself as `@`."""
    if name == cut:
        return "@"
    return name.removesuffix("." + cut) if cut else name
