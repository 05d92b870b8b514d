"""Domain names, addresses and resource names as SES accepts them. Everything here is hostile input.

The wording of the refusals is SES's own where it is known.
"""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Final

from local.ses.errors import bad_request

_LABEL: Final = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_DOMAIN: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+")
_ATEXT: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL: Final = re.compile(rf"(?=.{{1,64}}\Z){_ATEXT}(?:\.{_ATEXT})*")
_MAILBOX: Final = re.compile(
    r'(?P<display>"(?:[^"\\]|\\.)*"\s*|[^<>"]*)<(?P<angle>[^<>]*)>|(?P<bare>[^<>]*)'
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_RESOURCE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, perhaps empty, and an address in ASCII; the domain in lower case."""

    display: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        """`local@domain`."""
        return f"{self.local}@{self.domain}"


def is_domain(name: str) -> bool:
    """Is this a domain name of at least two labels, in ASCII (RFC 5891 A-labels included)?"""
    return _DOMAIN.fullmatch(name) is not None and "_" not in name


def is_resource_name(name: str) -> bool:
    """May a configuration set or a tenant be called so?"""
    return _RESOURCE.fullmatch(name) is not None


def has_control(text: str) -> bool:
    """Would this break out of a header field, or hide something in it?"""
    return _CONTROL.search(text) is not None


def parse_mailbox(text: str) -> Mailbox:
    """Read `address` or `Name <address>`. Raises SesError (BadRequestException)."""
    if has_control(text):
        raise bad_request("Address contains control characters.")
    found = _MAILBOX.fullmatch(text.strip())
    if found is None:
        raise bad_request("Illegal address")
    address = (found["angle"] if found["angle"] is not None else found["bare"]).strip()
    local, at, domain = address.rpartition("@")
    if not at:
        raise bad_request("Missing final '@domain'")
    if not _LOCAL.fullmatch(local):
        raise bad_request("Local address contains control or whitespace")
    if not _DOMAIN.fullmatch(domain):
        raise bad_request("Domain contains illegal character")
    return Mailbox(_display(found["display"] or ""), local, domain.lower())


def _display(text: str) -> str:
    text = text.strip()
    if text.startswith('"'):
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    try:
        name = str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        raise bad_request("Illegal display name") from None
    # An encoded word may carry what the plain text may not.
    if has_control(name):
        raise bad_request("Address contains control characters.")
    return name
