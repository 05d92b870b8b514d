"""The domains that a text names, for a person to choose from: nothing is ever done with them."""

from __future__ import annotations

import re
from typing import Final

from onboarding.domain.names import NameRules, parse_sending_domain
from onboarding.domain.refusal import Refused

MOST: Final = 10
"""Names that are worth proposing; who lists more has a list to attach."""
MOST_TEXT: Final = 20_000
"""Characters that are read."""

_LABEL: Final = r"[\w](?:[\w-]{0,61}[\w])?"
_CANDIDATE: Final = re.compile(
    rf"(?<![\w.@-])((?:{_LABEL}\.){{1,10}}[^\W\d_][\w-]{{0,61}}\w)(?![\w@-])"
)
"""Top-level domains have two letters at least: "e.g." is none."""


def domains_named(text: str, rules: NameRules, *, but: str | None = None) -> tuple[str, ...]:
    """The valid domains in ``text``, in order, without ``but`` and without those of e-mail
    addresses: a requester's own address is no wish."""
    found: dict[str, None] = {}
    for match in _CANDIDATE.finditer(text[:MOST_TEXT]):
        try:
            name = parse_sending_domain(match[1], rules)
        except Refused:
            continue
        if name != but:
            found.setdefault(name)
        if len(found) == MOST:
            break
    return tuple(found)
