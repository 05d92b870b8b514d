"""How a domain is watched after its verification: what is remembered of it, and when it is looked
at again."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from onboarding.domain.lifecycle import State

FIRST_WEEK: Final = timedelta(days=7)
IN_FIRST_WEEK: Final = timedelta(hours=6)
LATER: Final = timedelta(days=1)
"""How often a verified domain is looked at: mistakes are made while things are new."""

SOON: Final = timedelta(minutes=15)
"""After a look that was cut short, and at the earliest while a domain is at risk."""

AFTER_OUTAGE: Final = timedelta(hours=1)
TROUBLED_SHARE: Final = 0.1
TROUBLED_MOST: Final = timedelta(hours=6)

JITTER: Final = 0.1

SES_IS_FINE: Final = "SUCCESS"
"""What SES's list says of an identity that may send; see ``listed_status``."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What the watch remembers of a domain.

    ``told`` is the state that its owner knows of: a domain in another one has news to be told.
    ``first_negative_at`` is when records were first found to be gone, none while all are there.
    ``nameservers`` are those of the last look that saw the records or their absence.
    ``interval`` is the wait that ``next_check_at`` came from. ``ses`` is what SES's list said of
    the identity last; ``ses_changed`` asks the next look to read the identity itself.
    ``missing_at_ses`` says that the operator was told that SES does not hold it.
    """

    domain: str
    next_check_at: datetime
    told: State = State.VERIFIED
    first_negative_at: datetime | None = None
    nameservers: tuple[str, ...] = ()
    interval: timedelta = timedelta(0)
    ses: str = SES_IS_FINE
    ses_changed: bool = False
    missing_at_ses: bool = False

    def again(self, interval: timedelta, now: datetime, dice: float) -> "Watch":
        """Due after ``interval``; ``dice`` is a random number in [0, 1).

        The first wait of a new interval is spread over all of it, so that domains which were
        verified together are not checked together; later ones are shortened by up to a tenth, so
        that they drift apart and none is late.
        """
        share = 1 - JITTER * dice if interval == self.interval else 1 - dice
        spread = interval in (IN_FIRST_WEEK, LATER)  # the others are for one domain in trouble
        wait = interval * (share if spread else 1 - JITTER * dice)
        return replace(self, next_check_at=now + wait, interval=interval)


@dataclass(frozen=True, slots=True)
class Due:
    """A domain whose check is due, and since when: the name of this very check."""

    domain: str
    at: datetime


def due_to_text(due: Sequence[Due]) -> str:
    """Checks as they are queued: JSON, ``[["news.example.com", "2026-11-23T10:00:00+00:00"]]``."""
    return json.dumps([[each.domain, each.at.isoformat()] for each in due])


def due_from_text(text: str) -> list[Due]:
    """What ``due_to_text`` gave."""
    return [Due(domain, datetime.fromisoformat(at)) for domain, at in json.loads(text)]


def listed_status(status: str, sending_enabled: bool) -> str:
    """The two things that SES's list says of an identity, as one word to compare."""
    return status if sending_enabled else f"{status} CANNOT_SEND"


def interval_of(state: State, since: datetime, now: datetime) -> timedelta:
    """How long a domain that has been in ``state`` since ``since`` may stay unlooked at.

    In trouble it is a tenth of the time that the trouble has lasted: who cures it at once is seen
    at once.
    """
    age = now - since
    if state is State.VERIFIED:
        return IN_FIRST_WEEK if age < FIRST_WEEK else LATER
    return min(max(age * TROUBLED_SHARE, SOON), TROUBLED_MOST)


def after_unknown(state: State, since: datetime, now: datetime) -> timedelta:
    """The same where the look could not find out: an outage is looked after sooner."""
    return min(interval_of(state, since, now), AFTER_OUTAGE)


def came_new(known: Iterable[str], seen: Iterable[str]) -> tuple[str, ...]:
    """The name servers that the zone did not have before; none where none were known before."""
    before = {name.lower() for name in known}
    return tuple(name for name in seen if before and name.lower() not in before)


@dataclass(frozen=True, slots=True)
class Window:
    """Which checks to call for now: those due from ``since`` (none: however long) to ``until``."""

    since: datetime | None
    until: datetime
