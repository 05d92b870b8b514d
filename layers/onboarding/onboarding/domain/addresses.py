"""E-mail addresses that may be written to or sent from, and nothing else.

The mailbox is restricted to the dot-atom of RFC 5322 section 3.2.3: a quoted local part is legal
on paper, and in practice only ever a way to smuggle something past a parser. SES itself takes no
local part outside ASCII.
"""

import re
from typing import Final

from onboarding.domain.names import NameRules, parse_sending_domain, to_host_name
from onboarding.domain.refusal import Refused

_ATEXT: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM: Final = re.compile(rf"{_ATEXT}(\.{_ATEXT})*\Z")


def parse_address(text: str, rules: NameRules) -> str:
    """``local@domain`` with the domain in A-labels; raises ``Refused("invalid_address")``.

    Limits are those of RFC 5321 section 4.5.3.1: 64 octets before the @, 254 in all.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or len(local) > 64 or not _DOT_ATOM.match(local):
        raise _not_an_address()
    try:
        address = f"{local}@{to_host_name(domain, rules)}"
    except Refused as error:
        raise _not_an_address() from error
    if len(address) > 254:
        raise _not_an_address()
    return address


def parse_sender_address(text: str, rules: NameRules) -> str:
    """An address to send from; raises ``Refused`` with ``invalid_address`` or what
    ``parse_sending_domain`` says of its domain.

    The local part stays as it was typed: Amazon SES compares a From with the verified address
    letter by letter ("Verifying email addresses", SES Developer Guide).
    """
    address = parse_address(text, rules)
    parse_sending_domain(domain_of(address), rules)
    return address


def is_address(name: str) -> bool:
    """Whether ``name``, a domain or an address, is the latter: no domain holds an @."""
    return "@" in name


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def covering_names(address: str) -> tuple[str, ...]:
    """The domains whose verification would cover ``address`` at SES: its own and every parent,
    nearest first, but no top-level domain."""
    labels = domain_of(address).split(".")
    return tuple(".".join(labels[start:]) for start in range(len(labels) - 1))


def _not_an_address() -> Refused:
    return Refused(
        "invalid_address", "Give one plain e-mail address, for example dns-admin@example.com."
    )
