"""Plain text as mail programs show it: lines that fit, and values that can be copied."""

import re
from collections.abc import Iterator
from textwrap import TextWrapper
from typing import Final

WIDTH: Final = 72
"""What quoting and old programs leave room for (RFC 3676 §4.2 asks for at most 78)."""

_ITEM = re.compile(r"(?:- |\d+\. )?")


def wrapped(text: str) -> str:
    """Sentences in lines of at most ``WIDTH`` characters, items of a list indented below their
    mark. A line that begins with a space, and one without any, is a value and stays whole. Never
    two empty lines in a row."""
    lines = (line for given in text.strip().split("\n") for line in _lines(given.rstrip()))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _lines(line: str) -> Iterator[str]:
    if len(line) <= WIDTH or line.startswith(" ") or " " not in line:
        yield line
        return
    mark = _ITEM.match(line)
    indent = " " * (mark.end() if mark else 0)
    yield from TextWrapper(
        WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ).wrap(line)
