"""Domain names as people write them, turned into names that are safe to onboard.

A name is carried everywhere as lower-case A-labels without the final dot
(``xn--mnchen-3ya.example``); what people typed is converted once, here.
"""

import re
from typing import Final, Protocol

from onboarding.domain.refusal import Refused

MAX_OCTETS: Final = 253
"""RFC 1035 section 2.3.4 allows 255 octets on the wire: 253 characters of text."""

MAX_LABELS: Final = 20
"""Real sending domains have a handful of labels; each one costs a row in the ownership check."""

_LDH_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")
_PASTED_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NUMERIC_END: Final = re.compile(r"(.*\.)?[0-9]+\Z")
"""IP addresses in all their short forms; no top-level domain is a number (RFC 1123 section 2.1)."""


class NameRules(Protocol):
    """The two tables that deciding about names needs: IDNA 2008 and the public suffix list."""

    def to_ascii(self, text: str) -> str:
        """The A-label form of ``text``; raises ``ValueError`` saying which rule it breaks."""

    def public_suffix(self, name: str) -> str:
        """The longest public suffix that ``name`` ends in, private ones such as hosting
        platforms included; ``name`` itself when it is one."""


def is_ldh_name(name: str) -> bool:
    """Whether every label is letters, digits and inner hyphens (RFC 5890 section 2.3.1)."""
    return 0 < len(name) <= MAX_OCTETS and all(_LDH_LABEL.match(label) for label in name.split("."))


def parse_sending_domain(text: str, rules: NameRules) -> str:
    """The name to onboard, in A-labels.

    Accepts upper case, surrounding blanks, one final dot and IDNs. Raises ``Refused`` with code
    ``required``, ``not_a_domain``, ``invalid_idn``, ``too_long``, ``too_many_labels`` or
    ``public_suffix``.
    """
    name = to_host_name(text, rules)
    labels = name.split(".")
    if len(labels) > MAX_LABELS:
        raise Refused(
            "too_many_labels",
            f"The domain has {len(labels)} parts; at most {MAX_LABELS} are supported.",
        )
    if len(labels) == 1 or rules.public_suffix(name) == name:
        raise Refused(
            "public_suffix",
            f"{name} is a suffix that many owners share, not a domain of yours; "
            f"give the name registered below it, for example yourcompany.{name}.",
        )
    return name


def to_host_name(text: str, rules: NameRules) -> str:
    """Any host name that people typed, in lower-case A-labels; raises ``Refused``."""
    stripped = text.strip().removesuffix(".")
    if not stripped:
        raise Refused("required", "Give the domain to send from, for example news.example.com.")
    if _PASTED_URL.match(stripped) or any(c in stripped for c in "@/:\\ \t\r\n"):
        raise Refused(
            "not_a_domain",
            "Give the bare domain, for example news.example.com: no https://, no @, no path.",
        )
    try:
        name = rules.to_ascii(stripped).lower()
    except ValueError as error:
        raise Refused("invalid_idn", f"This is not a valid domain name: {error}.") from error
    if len(name) > MAX_OCTETS:
        raise Refused(
            "too_long", f"The domain has {len(name)} octets; DNS allows at most {MAX_OCTETS}."
        )
    if not is_ldh_name(name) or _NUMERIC_END.match(name):
        raise Refused(
            "not_a_domain",
            "A domain has only letters, digits, hyphens inside its parts, and dots between them, "
            "for example news.example.com.",
        )
    return name


def parse_subdomain_label(text: str) -> str:
    """The part before the domain that a custom MAIL FROM uses, such as ``bounce``.

    Raises ``Refused`` with code ``invalid_mail_from``.
    """
    label = text.strip().lower()
    if not is_ldh_name(label) or "." in label:
        raise Refused(
            "invalid_mail_from",
            "Give one name of letters, digits and hyphens to put before the domain, "
            "for example bounce.",
        )
    return label


def registrable_domain(name: str, rules: NameRules) -> str:
    """The public suffix of ``name`` and one label more: what a registrar sells."""
    depth = rules.public_suffix(name).count(".") + 2
    return ".".join(name.split(".")[-depth:])


def ancestors(name: str, rules: NameRules) -> tuple[str, ...]:
    """The proper parents of ``name`` that an owner can have, nearest first.

    ``a.b.example.co.uk`` gives ``b.example.co.uk`` and ``example.co.uk``.
    """
    top = registrable_domain(name, rules)
    labels = name.split(".")
    parents = (".".join(labels[i:]) for i in range(1, len(labels)))
    return tuple(p for p in parents if len(p) >= len(top))
