"""The host names that SES gives out, as far as they tell a mistake.

Source: "Amazon Simple Email Service endpoints and quotas", AWS General Reference. They serve to
explain a wrong value; what is right always comes from SES.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = re.compile(r"(?P<token>[a-z0-9]+)\.dkim\.((?P<region>[a-z0-9-]+)\.)?amazonses\.com")
_FEEDBACK = re.compile(r"feedback-smtp\.(?P<region>[a-z0-9-]+)\.amazonses\.com")


@dataclass(frozen=True, slots=True)
class KeyHost:
    """Where SES keeps a key; `region` is empty in the zone that the older regions share."""

    token: str
    region: str


def key_host(name: str) -> KeyHost | None:
    """The target of an Easy DKIM record, if `name` (canonical) has that form."""
    match = _KEY.fullmatch(name)
    return KeyHost(match["token"], match["region"] or "") if match else None


def feedback_region(name: str) -> str | None:
    """The region whose MAIL FROM host `name` (canonical) is."""
    match = _FEEDBACK.fullmatch(name)
    return match["region"] if match else None
