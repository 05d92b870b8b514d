"""DMARC records: RFC 9989, with the `pct` of RFC 7489 understood where it still stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType

_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
_TAG = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)", re.DOTALL)
_PERCENT = re.compile(r"[0-9]{1,3}")
_WHOLE = 100
_POLICIES = ("p", "sp", "np")
_MAILTO = re.compile(r"mailto:[^@,!\s]+@[^@,!\s]+(?:![0-9]+[kmgt]?)?", re.IGNORECASE)


class DmarcSyntaxError(ValueError):
    """A receiver finds no DMARC record in this text."""


class Policy(IntEnum):
    """What receivers are asked to do with mail that fails; a greater value is stricter."""

    NONE = 0
    QUARANTINE = 1
    REJECT = 2


@dataclass(frozen=True, slots=True)
class Dmarc:
    """What a record asks for, and all its tags, names in lower case.

    `percent` is RFC 7489's `pct`, 0 to 100; `testing` is RFC 9989's `t=y`, which makes
    receivers apply one level less than `policy`.
    """

    policy: Policy
    percent: int
    testing: bool
    tags: Mapping[str, str]

    @property
    def unreadable(self) -> str:
        """The policy tag that has a value nobody knows; receivers then do as `p=none` says where
        reports are asked for, and else as if there were no record (RFC 9989)."""
        wrong = next(iter(self.unreadable_tags), "")
        return f"{wrong}={self.tags[wrong]}" if wrong else ""

    @property
    def unreadable_tags(self) -> tuple[str, ...]:
        """All policy tags that have such a value."""
        return tuple(tag for tag in _POLICIES if not _is_policy(self.tags, tag))

    @property
    def own_policy(self) -> Policy:
        """What the record itself says, though another policy in it may be unreadable."""
        return _policy(self.tags.get("p", "none"))

    @property
    def asks_for_reports(self) -> bool:
        """Is there an address that reports can be sent to?"""
        return any(_MAILTO.fullmatch(uri.strip()) for uri in self.tags.get("rua", "").split(","))

    @property
    def lacks(self) -> str:
        """Why receivers do not apply the record as it is meant; empty if they do."""
        if self.unreadable:
            return f"nobody knows what “{self.unreadable}” means"
        if "p" not in self.tags and not self.asks_for_reports:
            return "it names no policy (p=) and no address for reports"
        return ""

    @property
    def for_subdomains(self) -> Dmarc:
        """What the record asks for where it is inherited by a domain below (RFC 9989: `sp`)."""
        if "sp" not in self.tags or self.unreadable:
            return self
        return replace(self, policy=_policy(self.tags["sp"]))

    @property
    def strength(self) -> tuple[int, int]:
        """Orders records by strictness.

        The percentage decides only between equals: what `pct` leaves out of a policy is still
        treated by the next lower one (RFC 7489 §6.6.4). Of doing nothing there are no percents.
        """
        level = max(0, self.policy - self.testing)
        return level, self.percent if level else _WHOLE


def is_dmarc(text: str) -> bool:
    """Does the text begin with the version tag, with `DMARC1` in capitals (RFC 9989)?"""
    return _VERSION.match(text) is not None


@lru_cache(maxsize=1024)  # domains in their thousands publish the same few texts
def parse_dmarc(text: str) -> Dmarc:
    """Read a record. Unknown tags are kept, unreadable values mean their default.

    Raises DmarcSyntaxError where the version is not first, where a part is no `tag=value`, or
    where a tag comes twice (RFC 6376 §3.2, from which DMARC takes its tag lists).
    """
    if not is_dmarc(text):
        raise DmarcSyntaxError("it does not begin with “v=DMARC1;”")
    tags = _tags(text)
    is_readable = all(_is_policy(tags, tag) for tag in _POLICIES)
    return Dmarc(
        policy=_policy(tags.get("p", "none")) if is_readable else Policy.NONE,
        percent=_percent(tags.get("pct", "")),
        testing=tags.get("t", "n").lower() == "y",
        tags=MappingProxyType(tags),
    )


def _tags(text: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _TAG.fullmatch(part)
        if match is None:
            raise DmarcSyntaxError(f"“{part}” is not of the form tag=value")
        name = match["name"].lower()
        if name in tags:
            raise DmarcSyntaxError(f"“{name}=” is there twice")
        tags[name] = match["value"].strip()
    return tags


def _is_policy(tags: Mapping[str, str], tag: str) -> bool:
    return tag not in tags or tags[tag].upper() in Policy.__members__


def _policy(value: str) -> Policy:
    return Policy.__members__.get(value.upper(), Policy.NONE)


def _percent(value: str) -> int:
    return min(int(value), _WHOLE) if _PERCENT.fullmatch(value) else _WHOLE
