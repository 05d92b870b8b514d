"""When to look again, and what to do after a look: the patience of an onboarding.

The wait grows with the time already waited, so that an owner who publishes after minutes is seen
within a minute, one who takes days is seen within hours, and neither costs more than 125 looks.
"""

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

MIN_WAIT: Final = timedelta(minutes=1)
MAX_WAIT: Final = timedelta(hours=6)
WAIT_SHARE: Final = 0.1
JITTER: Final = 0.1
PATIENCE: Final = timedelta(days=14)

REMINDERS: Final = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
LAST_NOTICE: Final = PATIENCE - timedelta(days=1)
CORRECTION_INTERVAL: Final = timedelta(hours=24)
SES_IS_SLOW: Final = timedelta(hours=3)
"""How long DNS has been complete before the owner is told what is waited for: mostly SES takes
minutes, and then the next letter says that the domain is verified."""
ZONE_PATIENCE: Final = timedelta(hours=1)
"""A domain that was just bought or signed takes its time to show; until then nothing is wrong."""


class Action(StrEnum):
    """What follows a look at DNS and SES."""

    MARK_VERIFIED = "verified"
    EXPIRE = "expire"
    RESTART_VERIFICATION = "restart"
    SEND_CORRECTION = "correct"
    SEND_REMINDER = "remind"
    WAIT = "wait"


class Reminder(StrEnum):
    """The mails that come because time has passed, each at most once."""

    DAY_1 = "day_1"
    DAY_3 = "day_3"
    DAY_7 = "day_7"
    LAST_NOTICE = "last_notice"
    WAITING_FOR_SES = "waiting_for_ses"
    """Not by its day: the owner has done all, and SES is slow to see it."""


REMINDER_TIMES: Final = (
    (LAST_NOTICE, Reminder.LAST_NOTICE),
    (REMINDERS[2], Reminder.DAY_7),
    (REMINDERS[1], Reminder.DAY_3),
    (REMINDERS[0], Reminder.DAY_1),
)
"""Latest first: after a gap only the newest one that is due is worth sending."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been sent since the records went out."""

    records_sent_at: datetime
    corrected: frozenset[str] = frozenset()
    last_correction_at: datetime | None = None
    reminded: frozenset[Reminder] = frozenset()

    def with_correction(self, mistakes: Sequence[str], at: datetime) -> "Progress":
        return replace(self, corrected=self.corrected | set(mistakes), last_correction_at=at)

    def with_reminder(self, reminder: Reminder) -> "Progress":
        return replace(self, reminded=self.reminded | {reminder})


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found, as far as the schedule cares.

    ``mistakes`` identifies each mistake that waiting will not cure, ``zone_mistakes`` those of the
    zone itself; ``search_ended`` says that SES has given up looking (72 hours after it was last
    asked to). ``complete_for`` is how long at least every record has been there, None where not.
    """

    verified: bool = False
    search_ended: bool = False
    complete_for: timedelta | None = None
    mistakes: tuple[str, ...] = ()
    zone_mistakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now, and how long to wait before the next look (whole seconds)."""

    action: Action
    reason: str
    wait_seconds: int = 0
    reminder: Reminder | None = None
    mistakes: tuple[str, ...] = ()


def wait_seconds(elapsed: timedelta, jitter: float) -> int:
    """Seconds until the next look, ``elapsed`` after the records went out.

    A tenth of ``elapsed`` between a minute and six hours. ``jitter`` in [0, 1) lengthens it by up
    to 10 %, never past the six hours: only lengthening keeps both the minimum and the number of
    looks (at most 125 in 14 days) whatever the dice say.
    """
    base = min(max(elapsed * WAIT_SHARE, MIN_WAIT), MAX_WAIT)
    return math.ceil(min(base * (1 + JITTER * jitter), MAX_WAIT).total_seconds())


def next_step(progress: Progress, look: Look, now: datetime, jitter: float) -> Step:
    """Decide what follows a look; ``jitter`` is a random number in [0, 1)."""
    elapsed = now - progress.records_sent_at
    if look.verified:
        return Step(Action.MARK_VERIFIED, "Every record is found and SES has verified the domain.")
    if elapsed >= PATIENCE:
        return Step(Action.EXPIRE, f"The records were not complete within {PATIENCE.days} days.")
    step = _still_waiting(progress, look, now)
    return replace(step, wait_seconds=until_next_look(elapsed, jitter))


def until_next_look(elapsed: timedelta, jitter: float) -> int:
    """Like ``wait_seconds``, but the last look falls on the end of the patience, not hours behind
    it; at most a minute behind, since no wait is shorter."""
    left = math.ceil(max(PATIENCE - elapsed, MIN_WAIT).total_seconds())
    return min(wait_seconds(elapsed, jitter), left)


def _still_waiting(progress: Progress, look: Look, now: datetime) -> Step:
    if look.search_ended:
        return Step(
            Action.RESTART_VERIFICATION,
            "SES stopped looking for the records after 72 hours; its search is started again.",
        )
    new_mistakes = tuple(m for m in _mistakes(progress, look, now) if m not in progress.corrected)
    if new_mistakes and _may_correct(progress, now):
        return Step(
            Action.SEND_CORRECTION,
            "A mistake was found that waiting will not cure.",
            mistakes=new_mistakes,
        )
    if look.complete_for is not None:
        return _waiting_for_ses(progress, look.complete_for)
    reminder = due_reminder(now - progress.records_sent_at, progress.reminded)
    if reminder is not None:
        return Step(Action.SEND_REMINDER, "The records are still not complete.", reminder=reminder)
    return Step(Action.WAIT, "The records are not complete yet.")


def _waiting_for_ses(progress: Progress, complete_for: timedelta) -> Step:
    """The owner is told once, and reminded of nothing."""
    reason = "Every record is found; SES has not seen them yet."
    told = Reminder.WAITING_FOR_SES in progress.reminded
    if told or complete_for < SES_IS_SLOW:
        return Step(Action.WAIT, reason)
    return Step(Action.SEND_REMINDER, reason, reminder=Reminder.WAITING_FOR_SES)


def _mistakes(progress: Progress, look: Look, now: datetime) -> tuple[str, ...]:
    if now - progress.records_sent_at < ZONE_PATIENCE:
        return look.mistakes
    return look.zone_mistakes + look.mistakes


def _may_correct(progress: Progress, now: datetime) -> bool:
    last = progress.last_correction_at
    return last is None or now - last >= CORRECTION_INTERVAL


def due_reminder(elapsed: timedelta, reminded: Set[Reminder]) -> Reminder | None:
    """The newest reminder whose time has come, unless it was sent."""
    due = next((reminder for after, reminder in REMINDER_TIMES if elapsed >= after), None)
    return None if due in reminded else due
