"""SPF records as far as a MAIL FROM domain needs them (RFC 7208)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from onboarding.domain.dnsnames import canonical

_VERSION = "v=spf1"
_TERM = re.compile(r"(?P<qualifier>[-+~?]?)(?P<name>[a-z][a-z0-9]*)(?P<argument>[:/].*)?")
_MODIFIER = re.compile(r"[a-z][-a-z0-9_.]*=.*")
_MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})


class SpfSyntaxError(ValueError):
    """A receiver answers such a record with `permerror` (RFC 7208 §4.6)."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`qualifier` is one of `+ - ~ ?`; `argument` what follows the first `:` or begins with
    `/`, in lower case."""

    qualifier: str
    name: str
    argument: str


def is_spf(text: str) -> bool:
    """Is this TXT an SPF record, by its version section alone (RFC 7208 §4.5)?"""
    return text.lower() == _VERSION or text.lower().startswith(_VERSION + " ")


def parse_spf(text: str) -> tuple[Mechanism, ...]:
    """The mechanisms in order; modifiers do not matter here and are left out.

    Raises SpfSyntaxError for what is no SPF record or has a mechanism that nobody knows.
    """
    if not is_spf(text):
        raise SpfSyntaxError(text)
    terms = text.lower()[len(_VERSION) :].split(" ")
    return tuple(_mechanism(term) for term in terms if term and not _MODIFIER.fullmatch(term))


def includes(mechanisms: tuple[Mechanism, ...]) -> tuple[str, ...]:
    """The domains whose senders pass because of an `include` that is reached.

    What stands behind `all` is never looked at (RFC 7208 §5.1).
    """
    reached: list[str] = []
    for mechanism in mechanisms:
        if mechanism.name == "all":
            break
        if mechanism.name == "include" and mechanism.qualifier == "+":
            reached.append(canonical(mechanism.argument))
    return tuple(reached)


def _mechanism(term: str) -> Mechanism:
    match = _TERM.fullmatch(term)
    if match is None or match["name"] not in _MECHANISMS:
        raise SpfSyntaxError(term)
    argument = (match["argument"] or "").removeprefix(":")
    return Mechanism(match["qualifier"] or "+", match["name"], argument)
