"""Where a ticket stands, told by its status and by one tag.

A comment's key says what it is about; the standing follows from it, so that comments and standings
arrive in the same order.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

TAG_PREFIX: Final = "xes_"


class TicketStanding(StrEnum):
    """What a ticket waits for, or how it ended."""

    ADMITTED = "admitted"
    NEEDS_INPUT = "needs_input"
    NEEDS_APPROVAL = "needs_approval"
    AWAITING_DOCUMENT = "awaiting_document"
    AWAITING_DNS = "awaiting_dns"
    AWAITING_LINK = "awaiting_link"
    DNS_WRONG = "dns_wrong"
    VERIFIED = "verified"
    AT_RISK = "at_risk"
    LOST = "lost"
    EXPIRED = "expired"
    REJECTED = "rejected"
    FAILED = "failed"
    OFFBOARDED = "offboarded"

    @property
    def tag(self) -> str:
        return f"{TAG_PREFIX}{self.value}"


_BY_PREFIX: Final = (
    ("admitted", TicketStanding.ADMITTED),
    ("refused-", TicketStanding.NEEDS_INPUT),
    ("document-signed", TicketStanding.ADMITTED),
    ("document", TicketStanding.AWAITING_DOCUMENT),
    ("records-", TicketStanding.AWAITING_DNS),
    ("reminder-", TicketStanding.AWAITING_DNS),
    ("link-", TicketStanding.AWAITING_LINK),
    ("correction-", TicketStanding.DNS_WRONG),
    ("verified-", TicketStanding.VERIFIED),
    ("covered-", TicketStanding.VERIFIED),
    ("recovered", TicketStanding.VERIFIED),
    ("at-risk", TicketStanding.AT_RISK),
    ("at_risk", TicketStanding.AT_RISK),
    ("lost", TicketStanding.LOST),
    ("expired-", TicketStanding.EXPIRED),
    ("rejected-", TicketStanding.REJECTED),
    ("failed-", TicketStanding.FAILED),
    ("offboarded-", TicketStanding.OFFBOARDED),
    ("moved-", TicketStanding.OFFBOARDED),
)


def standing_of(key: str) -> TicketStanding | None:
    """The standing that the comment ``key`` brings; none where it changes nothing."""
    if key.startswith("approval-"):
        # A question is answered by the same key with the decision behind it.
        return TicketStanding.ADMITTED if key.endswith("-given") else _asked(key)
    return next((found for prefix, found in _BY_PREFIX if key.startswith(prefix)), None)


def _asked(key: str) -> TicketStanding | None:
    return None if key.endswith(("-refused", "-expired")) else TicketStanding.NEEDS_APPROVAL


def with_tag(tags: list[str], standing: TicketStanding) -> list[str]:
    """``tags`` with the standing's, and without those of earlier standings."""
    ours = {each.tag for each in TicketStanding}
    return [*(tag for tag in tags if tag not in ours), standing.tag]
