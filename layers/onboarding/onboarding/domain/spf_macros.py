"""Macros in SPF records (RFC 7208 §7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from onboarding.domain.dnsnames import MAX_NAME_LENGTH

Address = IPv4Address | IPv6Address

_MACRO = re.compile(
    r"%\{(?P<letter>[a-zA-Z])(?P<digits>[0-9]{0,3})(?P<reverse>[rR]?)(?P<delimiters>[-.+,/_=]*)\}"
    r"|%(?P<literal>[%_-])"
)
_LITERALS = {"%": "%", "_": " ", "-": "%20"}
_UNRESERVED = "-._~"


class NeedsSender(Exception):
    """The text depends on a sender, and there is none: the record is only looked over."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the client's address, MAIL FROM (`local@domain`) and the HELO name.

    `receiver` and `now` (seconds since 1970) stand in explanations only.
    """

    ip: Address
    mail_from: str
    helo: str
    receiver: str = "unknown"
    now: int = 0


def expand(text: str, domain: str, sender: Sender | None, validated: str = "unknown") -> str:
    """`text` with its macros replaced; `domain` is the one whose record this is, `validated`
    the client's confirmed host name (`%{p}`).

    Raises NeedsSender where a macro speaks of a sender and there is none.
    """

    def one(match: re.Match[str]) -> str:
        if literal := match["literal"]:
            return _LITERALS[literal]
        letter = match["letter"]
        value = _value(letter.lower(), domain, sender, validated)
        value = _transformed(value, match["digits"], match["reverse"], match["delimiters"])
        return quote(value, safe=_UNRESERVED) if letter.isupper() else value

    return _MACRO.sub(one, text)


def expand_domain(text: str, domain: str, sender: Sender | None, validated: str = "unknown") -> str:
    """A domain-spec expanded; labels are dropped from the left until it fits (RFC 7208 §7.3)."""
    name = expand(text, domain, sender, validated).removesuffix(".")
    if len(name) <= MAX_NAME_LENGTH:
        return name
    # One more than fits, so that a dot in front of what fits is seen: in one step, as macros may
    # make a hundred thousand labels of a record.
    _, dot, fitting = name[-MAX_NAME_LENGTH - 1 :].partition(".")
    return fitting if dot else name.rpartition(".")[2]


def _value(letter: str, domain: str, sender: Sender | None, validated: str) -> str:
    if letter == "d":
        return domain
    if sender is None:
        raise NeedsSender
    local, _, of = sender.mail_from.rpartition("@")
    return {
        "s": sender.mail_from,
        "l": local,
        "o": of,
        "i": _dotted(sender.ip),
        "p": validated,
        "v": "in-addr" if sender.ip.version == 4 else "ip6",
        "h": sender.helo,
        "c": str(sender.ip),
        "r": sender.receiver,
        "t": str(sender.now),
    }[letter]


def _dotted(ip: Address) -> str:
    """An IPv6 address as nibbles with dots between."""
    return str(ip) if ip.version == 4 else ".".join(f"{int(ip):032X}")


def _transformed(value: str, digits: str, reverse: str, delimiters: str) -> str:
    parts = re.split(f"[{re.escape(delimiters or '.')}]", value)
    if reverse:
        parts.reverse()
    return ".".join(parts[-int(digits) :] if digits else parts)
