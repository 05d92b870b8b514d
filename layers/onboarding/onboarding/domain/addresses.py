"""E-mail addresses that may be written to, and nothing else.

The mailbox is restricted to the dot-atom of RFC 5322 section 3.2.3: a quoted local part is legal
on paper, and in practice only ever a way to smuggle something past a parser. SES itself takes no
local part outside ASCII.
"""

import re
from typing import Final

from onboarding.domain.names import NameRules, to_host_name
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


def _not_an_address() -> Refused:
    return Refused(
        "invalid_address", "Give one plain e-mail address, for example dns-admin@example.com."
    )
