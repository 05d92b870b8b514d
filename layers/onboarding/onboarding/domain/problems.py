"""The mistakes that a check can name, each with a message and a cure in plain words.

A message says what was expected and what was found; a fix says what to do. Whoever reads them
may never have edited a DNS record before. Text from the network is made visible before it is
put into a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from onboarding.domain.observation import Failure
from onboarding.domain.records import Record

_LONGEST_QUOTE = 255


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


def missing(record: Record, cut: str) -> Problem:
    """Nothing is there; it may only be a matter of time."""
    return Problem(
        ProblemCode.MISSING,
        "",
        f"There is no {record.type} record at {record.name} yet.",
        f"Add a {record.type} record {named(record.name, cut)} with the value {record.value}. "
        "If you have just added it, give it an hour to show.",
    )


def wrong_value(record: Record, seen: Sequence[str]) -> Problem:
    """The right type at the right name, but it does not do the job."""
    return Problem(
        ProblemCode.WRONG_VALUE,
        listed(seen),
        f"The {record.type} record at {record.name} should be {record.value}, "
        f"but it is {listed(seen)}.",
        f"Change its value to exactly {record.value}"
        + (", and delete the others." if len(seen) > 1 else "."),
    )


def wrong_type(record: Record, seen: Sequence[str]) -> Problem:
    """The name holds a record of another type; `seen` are `TYPE value`."""
    return Problem(
        ProblemCode.WRONG_TYPE,
        listed(seen),
        f"{record.name} should be a {record.type} record, but holds {listed(seen)}.",
        f"Delete what is there, and add a record of the type {record.type} with the same name "
        f"and the value {record.value}.",
    )


def doubled_zone(record: Record, doubled_name: str, cut: str) -> Problem:
    """The host appended the zone to a name that was full already."""
    return Problem(
        ProblemCode.DOUBLED_ZONE,
        doubled_name,
        f"The record should be at {record.name}, but it is at {doubled_name}: your DNS host "
        f"adds .{cut} to every name by itself.",
        f"Edit the record and type {relative(record.name, cut)} as its name, "
        f"without {cut} at the end.",
    )


def target_doubled_zone(record: Record, seen: Sequence[str]) -> Problem:
    """The host appended the zone to the target."""
    return Problem(
        ProblemCode.TARGET_DOUBLED_ZONE,
        listed(seen),
        f"The {record.type} record at {record.name} should lead to {record.value}, but leads to "
        f"{listed(seen)}: your DNS host took the target for a name in your own domain.",
        f"Type the value as {record.value}. with a dot at the very end; if your DNS host refuses "
        "the dot, ask it how to enter a target outside of your domain.",
    )


def nameservers_disagree(record: Record, having: Sequence[str], lacking: Sequence[str]) -> Problem:
    """Some servers have the record and others do not."""
    return Problem(
        ProblemCode.NAMESERVERS_DISAGREE,
        f"on {_and(having)}, not on {_and(lacking)}",
        f"{_and(having)} {_verb(having, 'has', 'have')} the {record.type} record {record.name}, "
        f"but {_and(lacking)} {_verb(lacking, 'does', 'do')} not have it as it should be.",
        "If you have just changed the record, wait: your name servers need some time to agree. "
        f"If this lasts longer than a day, ask your DNS host about {_and(lacking)}.",
    )


_DOES = {
    Failure.TIMEOUT: "does not answer",
    Failure.SERVFAIL: "answers that it has failed (SERVFAIL)",
    Failure.REFUSED: "refuses to answer",
    Failure.NOT_AUTHORITATIVE: "answers, but not as a server of this domain (not authoritative)",
    Failure.MALFORMED: "gives answers that cannot be read",
    Failure.UNREACHABLE: "cannot be reached",
    Failure.REFERRAL: "sends us on to other servers",
}


def lame_nameserver(server: str, cut: str, failure: Failure) -> Problem:
    """A server of the zone does not do its work, while others do."""
    return Problem(
        ProblemCode.LAME_NAMESERVER,
        f"{server}: {failure}",
        f"{server} is listed as a name server of {cut}, but {_DOES[failure]}.",
        f"Ask your DNS host whether {server} should still serve {cut}; if not, remove it from "
        "the name servers at your registrar. The other name servers were enough for this check.",
    )


def dns_unavailable(subject: str, failures: Iterable[Failure]) -> Problem:
    """Nobody who should know `subject` answered; that says nothing about what is published."""
    reasons = ", ".join(sorted(set(failures)))
    return Problem(
        ProblemCode.DNS_UNAVAILABLE,
        reasons,
        f"No name server told us about {subject}"
        + (f" ({reasons})" if reasons else "")
        + ", so we do not know whether it is right.",
        "You need not change anything now: we ask again. If this lasts longer than a day, ask "
        "your DNS host whether its name servers are up.",
    )


def domain_not_delegated(domain: str, registry: str) -> Problem:
    """The registry knows no name servers for the domain."""
    above = f"the name servers of .{registry} say" if registry else "the DNS says"
    return Problem(
        ProblemCode.DOMAIN_NOT_DELEGATED,
        f"no name servers for {domain}",
        f"{domain} does not exist in the DNS: {above} that nobody runs it.",
        f"Check the spelling of {domain}. If it is right, ask your registrar whether the domain "
        "is registered and paid for, and set its name servers there.",
    )


def visible(text: str) -> str:
    """`text` with whatever a reader could not see written as an escape, and cut to a length."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: _LONGEST_QUOTE + 1])
    return shown if len(shown) <= _LONGEST_QUOTE else shown[:_LONGEST_QUOTE] + "…"


def listed(seen: Sequence[str]) -> str:
    """The values found, made visible, for a sentence."""
    return " and ".join(visible(text) for text in seen[:5])


def _and(names: Sequence[str]) -> str:
    return " and ".join(visible(name) for name in names)


def _verb(subjects: Sequence[str], one: str, many: str) -> str:
    return one if len(subjects) == 1 else many


def named(name: str, cut: str) -> str:
    """What to call a record that is to be added, within its zone and in full."""
    short = relative(name, cut)
    return f"named {name}" if short == name else f"named {short} in the zone {cut} (in full {name})"


def relative(name: str, cut: str) -> str:
    """The name as most DNS hosts want it typed: without the zone, the zone itself as `@`."""
    if name == cut:
        return "@"
    return name.removesuffix("." + cut) if cut else name
