"""How a verification moves on: a pure function from what is known and seen to what is then known.

Three things are verified, each by itself: `dkim` (which also verifies the domain), `mail_from` and
an e-mail `address`. Source: "Verifying a DKIM domain identity" and "Custom MAIL FROM domain setup
states", Amazon SES Developer Guide.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Which(StrEnum):
    """What is being verified."""

    DKIM = "dkim"
    MAIL_FROM = "mail_from"
    ADDRESS = "address"


class Status(StrEnum):
    """SES's own words."""

    NOT_STARTED = "NOT_STARTED"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    TEMPORARY_FAILURE = "TEMPORARY_FAILURE"
    FAILED = "FAILED"


class Finding(StrEnum):
    """What a look at the DNS came to. Absent is definite; unknown is an outage."""

    FOUND = "found"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StartOfAuthority:
    """The parts of the zone's SOA record that SES shows."""

    primary: str
    admin: str
    serial: int


@dataclass(frozen=True, slots=True)
class Observation:
    """One look: `error` is a `VerificationError` of the service model, None when found."""

    finding: Finding
    error: str | None = None
    soa: StartOfAuthority | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one verification has come; `since` is when the status was entered."""

    status: Status
    since: datetime
    checked_at: datetime | None = None
    succeeded_at: datetime | None = None
    error: str | None = None
    soa: StartOfAuthority | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of status: an effect for the journal."""

    which: Which
    old: Status
    new: Status


SEARCH: Final = timedelta(hours=72)
"""How long SES looks for records that it has not seen yet."""

GRACE: Final = {Which.DKIM: timedelta(days=5), Which.MAIL_FROM: timedelta(hours=72)}
"""How long records may be gone before TEMPORARY_FAILURE becomes FAILED."""

LINK_LIFE: Final = timedelta(hours=24)
"""How long the link in an address's verification message works."""

_SEARCHING: Final = frozenset({Status.NOT_STARTED, Status.PENDING})
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LAST_PAUSE: Final = timedelta(minutes=15)
_VERIFIED_PAUSE: Final = timedelta(hours=1)


def begin(now: datetime) -> Progress:
    """A new identity: nobody has looked yet."""
    return Progress(Status.NOT_STARTED, now)


def restart(old: Progress | None, now: datetime) -> Progress:
    """A search that was asked for again: a fresh 72 hours, with what is known kept."""
    return replace(old or begin(now), status=Status.PENDING, since=now, error=None)


def observe(
    which: Which, progress: Progress, seen: Observation, now: datetime
) -> tuple[Progress, Change | None]:
    """Take one look into account; `now` must not lie before `progress.since`.

    FAILED is final: only a restart leaves it. An outage changes no status, except that a search
    that was never successful ends with its 72 hours, whatever the last look came to.
    """
    if progress.status is Status.FAILED:
        return progress, None
    status = _next(which, progress, seen.finding, now)
    found = seen.finding is Finding.FOUND
    moved = replace(
        progress,
        status=status,
        since=progress.since if _same_search(progress.status, status) else now,
        checked_at=now,
        succeeded_at=now if found else progress.succeeded_at,
        error=None if found else seen.error,
        soa=seen.soa or progress.soa,
    )
    return moved, _change(which, progress, moved)


def _next(which: Which, progress: Progress, finding: Finding, now: datetime) -> Status:
    age = now - progress.since
    if finding is Finding.FOUND:
        return Status.SUCCESS
    if progress.status in _SEARCHING:
        return Status.FAILED if age >= SEARCH else Status.PENDING
    if finding is Finding.UNKNOWN:
        return progress.status
    if progress.status is Status.TEMPORARY_FAILURE and age >= GRACE[which]:
        return Status.FAILED
    return Status.TEMPORARY_FAILURE


def _same_search(old: Status, new: Status) -> bool:
    # NOT_STARTED to PENDING is one search, whose 72 hours run from the request.
    return old is new or (old in _SEARCHING and new in _SEARCHING)


def expire(progress: Progress, now: datetime) -> tuple[Progress, Change | None]:
    """An address whose link nobody followed in time fails."""
    if progress.status is not Status.PENDING or now - progress.since < LINK_LIFE:
        return progress, None
    failed = replace(progress, status=Status.FAILED, since=now, checked_at=now)
    return failed, _change(Which.ADDRESS, progress, failed)


def confirm(progress: Progress, now: datetime) -> tuple[Progress, Change | None]:
    """Somebody followed the link of an address; nothing happens when it came too late."""
    progress, expired = expire(progress, now)
    if progress.status is not Status.PENDING:
        return progress, expired
    confirmed = replace(
        progress, status=Status.SUCCESS, since=now, checked_at=now, succeeded_at=now
    )
    return confirmed, _change(Which.ADDRESS, progress, confirmed)


def _change(which: Which, old: Progress, new: Progress) -> Change | None:
    return None if old.status is new.status else Change(which, old.status, new.status)


def verified(was: bool, status: Status) -> bool:
    """May the identity send? A restarted search takes nothing away until it has failed."""
    if status is Status.SUCCESS:
        return True
    return was and status is not Status.FAILED


def next_look(which: Which, progress: Progress) -> datetime | None:
    """When to look again: each minute at first, then ever slower up to 15 minutes.

    Verified records are looked at every hour. None when the search is over.
    """
    if which is Which.ADDRESS:
        return progress.since + LINK_LIFE if progress.status is Status.PENDING else None
    if progress.status is Status.FAILED:
        return None
    if progress.checked_at is None or progress.checked_at < progress.since:
        return progress.since
    return progress.checked_at + _pause(progress, progress.checked_at)


def _pause(progress: Progress, checked_at: datetime) -> timedelta:
    if progress.status is Status.SUCCESS:
        return _VERIFIED_PAUSE
    if progress.status is Status.TEMPORARY_FAILURE:
        return _LAST_PAUSE
    return max(_FIRST_PAUSE, min(_LAST_PAUSE, (checked_at - progress.since) / 20))
