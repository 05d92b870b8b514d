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
        """The policy tag that has a value nobody knows; receivers read it as `none`."""
        wrong = [f"{tag}={self.tags[tag]}" for tag in _POLICIES if not _is_policy(self.tags, tag)]
        return wrong[0] if wrong else ""

    @property
    def for_subdomains(self) -> Dmarc:
        """What the record asks for where it is inherited by a domain below (RFC 9989: `sp`)."""
        return replace(self, policy=_policy(self.tags["sp"])) if "sp" in self.tags else self

    @property
    def strength(self) -> tuple[int, int]:
        """Orders records by strictness.

        The percentage decides only between equals: what `pct` leaves out of a policy is still
        treated by the next lower one (RFC 7489 §6.6.4).
        """
        return max(0, self.policy - self.testing), self.percent


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
    return Dmarc(
        policy=_policy(tags.get("p", "none")),
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
