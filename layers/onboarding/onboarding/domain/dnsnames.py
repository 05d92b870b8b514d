"""Comparing and composing DNS names in presentation form."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

MAX_NAME_LENGTH = 253
"""The longest name in presentation form, without the final dot (RFC 1035 §2.3.4)."""


@lru_cache(maxsize=4096)  # a check asks it of the same few names a hundred times
def canonical(name: str) -> str:
    """`name` in lower case and without the final dot; the root is the empty string."""
    return name.strip().lower().removesuffix(".")


def is_at_or_below(name: str, zone: str) -> bool:
    """Is `name` the zone's apex or a name under it? Both canonical."""
    return zone in ("", name) or name.endswith("." + zone)


def from_here_upwards(name: str) -> Iterator[str]:
    """`a.b.c`, then `b.c`, then `c`: the name and its parents, the root left out."""
    while name:
        yield name
        name = name.partition(".")[2]


def appended(name: str, zone: str) -> str | None:
    """`name` with `zone` put behind it, or None where no such name can exist."""
    whole = f"{name}.{zone}"
    return whole if name and zone and len(whole) <= MAX_NAME_LENGTH else None
