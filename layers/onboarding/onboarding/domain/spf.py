"""Reading SPF records (RFC 7208 §4.6, §5, §6 and the grammar of §12), strictly.

Strict because receivers are: one term that cannot be read makes the whole record void.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from onboarding.domain.dnsnames import canonical

VERSION = "v=spf1"

Network = IPv4Network | IPv6Network

# A name has no more than 127 labels: a greater number means nothing, and one of thousands of
# digits is none that Python would read.
_MACRO = r"%\{[slodiphcrtvSLODIPHCRTV][0-9]{0,3}[rR]?[-.+,/_=]*\}|%%|%_|%-"
_MACRO_STRING = re.compile(rf"(?:(?P<macro>{_MACRO})|[!-$&-~])*")
_LDH_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_ONLY_IN_EXPLANATIONS = re.compile(r"%\{[crtCRT]|%\{[a-zA-Z]0+[^0-9]")
_MODIFIER = re.compile(r"(?P<name>[A-Za-z][-A-Za-z0-9_.]*)=(?P<value>.*)", re.DOTALL)
_MECHANISM = re.compile(r"(?P<qualifier>[-+~?]?)(?P<name>[A-Za-z0-9]+)(?P<rest>[:/].*)?", re.DOTALL)
_ARGUMENT = re.compile(
    r"(?::(?P<domain>.*?))?(?:/(?P<four>0|[1-9][0-9]?))?(?://(?P<six>0|[1-9][0-9]{0,2}))?",
    re.DOTALL,
)
_WITH_DOMAIN = {"include": True, "exists": True, "a": False, "mx": False, "ptr": False}
"""Mechanisms that take a domain, and whether it has to be given."""
_WITH_PREFIX = frozenset({"a", "mx"})
_BITS_4, _BITS_6 = 32, 128
_LONGEST = 4096
"""Characters: RFC 7208 §3.4 wants answers of 512 octets, and receivers read little more. It bounds
what a hostile text can cost."""
_LONGEST_TOLD = 80


class SpfSyntaxError(ValueError):
    """A receiver answers such a record with `permerror` (RFC 7208 §4.6); the text is the part
    that cannot be read, or the beginning of it."""

    def __init__(self, part: str) -> None:
        super().__init__(part if len(part) <= _LONGEST_TOLD else f"{part[:_LONGEST_TOLD]}…")


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`qualifier` is one of `+ - ~ ?`, `name` in lower case; `domain` as written, macros and
    all, empty where it is the current one. `bits4` and `bits6` are the prefix lengths of `a`
    and `mx`; `network` is that of `ip4` and `ip6`."""

    qualifier: str
    name: str
    domain: str = ""
    bits4: int = _BITS_4
    bits6: int = _BITS_6
    network: Network | None = None


@dataclass(frozen=True, slots=True)
class Spf:
    """A record: its mechanisms in order, and the modifiers that mean something."""

    mechanisms: tuple[Mechanism, ...]
    redirect: str | None = None
    explanation: str | None = None


def is_spf(text: str) -> bool:
    """Is this TXT an SPF record, by its version section alone (RFC 7208 §4.5)?"""
    return text.lower() == VERSION or text.lower().startswith(VERSION + " ")


def parse_spf(text: str) -> Spf:
    """Read a record. Raises SpfSyntaxError for what receivers cannot read either."""
    if len(text) > _LONGEST or not is_spf(text):
        raise SpfSyntaxError(text)
    record = _read_or_not(text)
    if isinstance(record, str):
        raise SpfSyntaxError(record)
    return record


@lru_cache(maxsize=1024)  # domains in their thousands publish the same few texts
def _read_or_not(text: str) -> Spf | str:
    """The record, or the part that cannot be read: what is judged again and again may be either."""
    try:
        return _read(text)
    except SpfSyntaxError as error:
        return str(error)


def _read(text: str) -> Spf:
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in filter(None, text[len(VERSION) :].split(" ")):
        if modifier := _MODIFIER.fullmatch(term):
            _read_modifier(modifier, modifiers)
        else:
            mechanisms.append(_mechanism(term))
    return Spf(tuple(mechanisms), modifiers.get("redirect"), modifiers.get("exp"))


def passing_includes(record: Spf) -> tuple[str, ...]:
    """The domains whose senders pass because of an `include` or `redirect` that is reached.

    What stands behind `all` is never looked at (RFC 7208 §5.1, §6.1).
    """
    reached: list[str] = []
    for mechanism in record.mechanisms:
        if mechanism.name == "all":
            return tuple(reached)
        if mechanism.name == "include" and mechanism.qualifier == "+":
            reached.append(canonical(mechanism.domain))
    return (*reached, canonical(record.redirect)) if record.redirect else tuple(reached)


def is_macro_string(text: str) -> bool:
    """May `text` stand in an explanation, its words apart (RFC 7208 §7.1)?"""
    return all(_MACRO_STRING.fullmatch(word) for word in text.split(" "))


def _read_modifier(match: re.Match[str], modifiers: dict[str, str]) -> None:
    """Unknown modifiers are ignored, but have to be well-formed (RFC 7208 §6)."""
    name, value = match["name"].lower(), match["value"]
    if name not in ("redirect", "exp"):
        if not _MACRO_STRING.fullmatch(value):
            raise SpfSyntaxError(match[0])
        return
    if name in modifiers:
        raise SpfSyntaxError(f"a second {name}=")
    modifiers[name] = _domain(value, match[0])


def _mechanism(term: str) -> Mechanism:
    match = _MECHANISM.fullmatch(term)
    if match is None:
        raise SpfSyntaxError(term)
    qualifier, name, rest = match["qualifier"] or "+", match["name"].lower(), match["rest"] or ""
    if name == "all" and not rest:
        return Mechanism(qualifier, name)
    if name in ("ip4", "ip6"):
        return Mechanism(qualifier, name, network=_network(name, rest, term))
    if name not in _WITH_DOMAIN:
        raise SpfSyntaxError(term)
    return _with_domain(qualifier, name, rest, term)


def _with_domain(qualifier: str, name: str, rest: str, term: str) -> Mechanism:
    match = _ARGUMENT.fullmatch(rest)
    if match is None:
        raise SpfSyntaxError(term)
    domain, four, six = match["domain"], match["four"], match["six"]
    if (domain is None and _WITH_DOMAIN[name]) or ((four or six) and name not in _WITH_PREFIX):
        raise SpfSyntaxError(term)
    bits4, bits6 = int(four or _BITS_4), int(six or _BITS_6)
    if bits4 > _BITS_4 or bits6 > _BITS_6:
        raise SpfSyntaxError(term)
    return Mechanism(qualifier, name, "" if domain is None else _domain(domain, term), bits4, bits6)


def _domain(text: str, term: str) -> str:
    if not _is_domain_spec(text) or _ONLY_IN_EXPLANATIONS.search(text):
        raise SpfSyntaxError(term)
    return text


def _is_domain_spec(text: str) -> bool:
    """Macros and characters with a macro or a top label at the end (RFC 7208 §7.1), which is not
    all of digits. Each part is looked at once, however long."""
    parts = _MACRO_STRING.fullmatch(text)
    if parts is None:
        return False
    if parts.end("macro") == len(text):
        return True
    _, dot, top = text.removesuffix(".").rpartition(".")
    return bool(dot and _LDH_LABEL.fullmatch(top)) and not top.isdigit()


def _network(name: str, rest: str, term: str) -> Network:
    address, slash, bits = rest.removeprefix(":").partition("/")
    if not rest.startswith(":") or (slash and not re.fullmatch(r"0|[1-9][0-9]{0,2}", bits)):
        raise SpfSyntaxError(term)
    try:
        network = ip_network(rest[1:], strict=False)
    except ValueError:
        raise SpfSyntaxError(term) from None
    if network.version != int(name[2]) or "%" in address:
        raise SpfSyntaxError(term)
    return network
