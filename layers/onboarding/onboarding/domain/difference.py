"""Where a value that was found differs from the one expected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

_WORD = re.compile(r"[\w-]+|[^\w-]")
_MOST_TOLD = 3


class Piece(NamedTuple):
    """A part of a value; `differs` where the other value has something else, or nothing, there."""

    text: str
    differs: bool


class Difference(NamedTuple):
    """Both values in pieces, and the pairs that differ: what is there, and what should be."""

    found: tuple[Piece, ...]
    expected: tuple[Piece, ...]
    pairs: tuple[tuple[str, str], ...]


def difference(found: str, expected: str) -> Difference:
    """Compared word by word: within a random key, single letters agree by chance only. Where two
    words differ in one place, that place alone is marked."""
    left, right = _WORD.findall(found), _WORD.findall(expected)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    parts: list[tuple[str, str, bool]] = []
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        one, other = "".join(left[a1:a2]), "".join(right[b1:b2])
        parts += [(one, other, False)] if kind == "equal" else _narrowed(one, other)
    return Difference(
        tuple(Piece(one, differs) for one, _, differs in parts if one),
        tuple(Piece(other, differs) for _, other, differs in parts if other),
        tuple((one, other) for one, other, differs in parts if differs),
    )


def _narrowed(one: str, other: str) -> Iterator[tuple[str, str, bool]]:
    """Without the beginning and the end that both share, if those are the most of both."""
    start = _shared(one, other)
    end = _shared(one[start:][::-1], other[start:][::-1])
    if 2 * (start + end) < max(len(one), len(other)):
        start = end = 0
    for a, b, differs in (
        (one[:start], other[:start], False),
        (one[start : len(one) - end], other[start : len(other) - end], True),
        (one[len(one) - end :], other[len(other) - end :], False),
    ):
        if a or b:
            yield a, b, differs


def _shared(one: str, other: str) -> int:
    """The number of characters with which both begin."""
    same = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(same, min(len(one), len(other)))


def in_words(made: Difference) -> str:
    """`“org” should be “com”`, for readers who see no marks; empty where nothing differs."""
    told = [_pair(one, other) for one, other in made.pairs[:_MOST_TOLD]]
    if more := len(made.pairs) - len(told):
        told.append(f"{more} more {'place' if more == 1 else 'places'}")
    return "; ".join(told)


def _pair(one: str, other: str) -> str:
    if not other:
        return f"“{one}” is too much"
    return f"“{one}” should be “{other}”" if one else f"“{other}” is missing"
