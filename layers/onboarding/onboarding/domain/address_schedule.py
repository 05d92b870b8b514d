"""When to ask SES about an address again, and what to do then: ``schedule``'s patience, no DNS.

SES mails a link that works for 24 hours; after that the address is ``FAILED``, and only a new
identity brings a new link (``GetIdentityVerificationAttributes``, SES API reference). A new one is
asked for when it can do some good: with each reminder, not each day for a fortnight.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from onboarding.domain.schedule import (
    PATIENCE,
    REMINDER_TIMES,
    Reminder,
    due_reminder,
    until_next_look,
)

LINK_LIFE: Final = timedelta(hours=24)
MAX_LINKS: Final = 1 + len(REMINDER_TIMES)


class LinkAction(StrEnum):
    """What follows a look at SES."""

    MARK_VERIFIED = "verified"
    ANSWER_COVERED = "covered"
    EXPIRE = "expire"
    RENEW_LINK = "renew"
    SEND_REMINDER = "remind"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class LinkProgress:
    """What has been sent since SES mailed its first link; ``links`` counts them all."""

    first_link_at: datetime
    links: int = 1
    reminded: frozenset[Reminder] = frozenset()

    def with_link(self, number: int) -> "LinkProgress":
        return replace(self, links=max(self.links, number))

    def with_reminder(self, reminder: Reminder) -> "LinkProgress":
        return replace(self, reminded=self.reminded | {reminder})


@dataclass(frozen=True, slots=True)
class LinkLook:
    """What a look found: ``link_ended`` says that nobody can verify by the newest link any more,
    ``covered_by`` names a domain of the same account that is verified and holds the address."""

    verified: bool = False
    link_ended: bool = False
    covered_by: str | None = None


@dataclass(frozen=True, slots=True)
class LinkStep:
    """What to do now, and how long to wait before the next look (whole seconds). ``link`` is the
    number of the link to ask for."""

    action: LinkAction
    reason: str
    wait_seconds: int = 0
    reminder: Reminder | None = None
    link: int | None = None


def next_link_step(
    progress: LinkProgress, look: LinkLook, now: datetime, jitter: float
) -> LinkStep:
    """Decide what follows a look; ``jitter`` is a random number in [0, 1)."""
    elapsed = now - progress.first_link_at
    if look.verified:
        return LinkStep(LinkAction.MARK_VERIFIED, "Amazon SES has verified the address.")
    if look.covered_by is not None:
        return LinkStep(LinkAction.ANSWER_COVERED, f"{look.covered_by} is verified and covers it.")
    if elapsed >= PATIENCE:
        return LinkStep(LinkAction.EXPIRE, f"No link was opened within {PATIENCE.days} days.")
    step = _still_waiting(progress, look, elapsed)
    return replace(step, wait_seconds=until_next_look(elapsed, jitter))


def _still_waiting(progress: LinkProgress, look: LinkLook, elapsed: timedelta) -> LinkStep:
    # The link comes before its reminder: who reads that one should find a link that works.
    if look.link_ended and progress.links < _links_by(elapsed):
        return LinkStep(
            LinkAction.RENEW_LINK,
            "The link ended after 24 hours; Amazon SES is asked for a new one.",
            link=progress.links + 1,
        )
    reminder = due_reminder(elapsed, progress.reminded)
    if reminder is not None:
        return LinkStep(LinkAction.SEND_REMINDER, "The link was not opened yet.", reminder=reminder)
    return LinkStep(LinkAction.WAIT, "The link was not opened yet.")


def _links_by(elapsed: timedelta) -> int:
    """How many links there may have been: the first, and one with each reminder."""
    return 1 + sum(elapsed >= after for after, _ in REMINDER_TIMES)
