"""What typing, pasting and web forms do to a value: quotes, invisible characters, cuts.

A damaged value is one that does its job as soon as the damage is undone. Whether it does is
asked of `works`, so that nothing here knows what a record is for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from onboarding.domain.problems import ProblemCode

Works = Callable[[str], bool]

_QUOTES = "\"'“”„‟‘’‚‛«»`"
_ESCAPED = re.compile(r"\\(?:(?P<decimal>[0-9]{3})|x(?P<hex>[0-9a-f]{2})|(?P<plain>.))", re.DOTALL)
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs", "Co", "Cn"})
_FIRST_PRINTED = 0x21
_FIRST_BEYOND_ASCII = 0x7F
_LATIN_1_SPACE = 0xA0
_LONGEST = 4096
"""Characters: nothing that does a job is longer, and each cure that is tried costs its length."""
_MOST_CUTS = 40


def damage_to(text: str, strings: tuple[bytes, ...], works: Works) -> ProblemCode | None:
    """What was done to `text`, the joined `strings` of a TXT (empty for a host name).

    Damage comes in layers: a value may be in quotes and hold a hidden character. What is named
    is the outermost layer, which is cured first.
    """
    if len(text) > _LONGEST:
        return None
    if works(_without_quotes(text)):
        return ProblemCode.LITERAL_QUOTES
    if works(_without_invisible(text)):
        return ProblemCode.INVISIBLE_CHARACTERS
    if _was_split(text, strings, works):
        return ProblemCode.SPLIT_WITH_SPACES
    if works(_without_invisible(_without_quotes(text))):
        return ProblemCode.LITERAL_QUOTES
    return None


def _without_quotes(text: str) -> str:
    """Quotes at the ends and at the seams of pieces, escaped or plain."""
    bare = text.replace('\\"', '"').strip()
    pieces = re.split(rf"[{_QUOTES}]\s*[{_QUOTES}]", bare)
    return "".join(pieces).strip(_QUOTES + " ;") if bare[:1] in tuple(_QUOTES) else text


def _without_invisible(text: str) -> str:
    """Control and format characters removed, other spaces than the plain one made plain."""
    return "".join(map(_visible_of, _unescaped(text))).strip()


def _unescaped(text: str) -> str:
    """Escapes of octets that no form would ask for dissolved: `\\226\\128\\139` in a host name
    (RFC 1035 §5.1), `\\xa0` in a text that is no UTF-8. Others stay as they are."""

    def octet(match: re.Match[str]) -> str:
        number = int(match["decimal"] or "0") or int(match["hex"] or "0", 16)
        if number == _FIRST_PRINTED - 1 or (match["hex"] and number == _LATIN_1_SPACE):
            return " "
        hidden = 0 < number < _FIRST_PRINTED or _FIRST_BEYOND_ASCII <= number <= 0xFF
        return "" if hidden else match[0]

    return _ESCAPED.sub(octet, text)


def _visible_of(char: str) -> str:
    if char == " ":
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    return "" if unicodedata.category(char) in _INVISIBLE else char


def _was_split(text: str, strings: tuple[bytes, ...], works: Works) -> bool:
    """Was the value cut in pieces so that a space came in, or went missing, at a seam?"""
    pieces = [piece.decode("utf-8", "replace") for piece in strings]
    if len(pieces) > 1 and works(" ".join(pieces)):
        return True
    cuts = [cut for cut in range(len(text)) if text[cut] == " "]
    return any(works(text[:cut] + text[cut + 1 :]) for cut in cuts[:_MOST_CUTS])
