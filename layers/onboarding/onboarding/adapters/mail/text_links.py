"""Finds the links in plain text, with the words around each."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from onboarding.domain.message_summary import Link

LONGEST: Final = 512 * 1024
"""Characters that are looked through."""
_MOST_LINKS: Final = 1000
_WORDS_KEPT: Final = 300
_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s<>\"]{1,2000}", re.IGNORECASE)
_TRAILING: Final = ".,;:!?)]"


def links_in_text(text: str) -> tuple[Link, ...]:
    """Every address in the text; the words around it are its line and the line with words above,
    where people write what the address is for."""
    links: list[Link] = []
    above = ""
    for line in text[:LONGEST].splitlines():
        words = _LINK.sub(" ", line)[:_WORDS_KEPT]
        found = islice(_LINK.finditer(line), _MOST_LINKS - len(links))
        links += [Link(match[0].rstrip(_TRAILING), around=f"{above} {words}") for match in found]
        if line.strip():
            # What stands above counts for the line right below it alone.
            above = words if not _LINK.search(line) else ""
    return tuple(links)
