"""Whether a domain that was verified still is: the decision behind at risk, lost and recovered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from onboarding.domain.lifecycle import State

APART: Final = timedelta(hours=12)
"""How far the first and the last negative are apart at least before a domain is lost."""

_NEGATIVE: Final = frozenset({"missing", "wrong", "propagating"})
"""Statuses of a record that some name server definitely does not have."""

_NO_ZONE: Final = "domain_not_delegated"


class Finding(StrEnum):
    """A report, as far as the watch cares. An outage is ``unknown``, never ``negative``."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"


def finding_of(report: Mapping[str, Any]) -> Finding:
    """Judge a report in its JSON shape.

    One record that is definitely gone outweighs others that could not be found out. A zone that
    the registry does not know any more is as definite; broken DNSSEC is not, since a resolver in
    trouble looks the same.
    """
    statuses = {record["status"] for record in report["records"]}
    codes = {problem["code"] for problem in report["zone"]["problems"]}
    if statuses & _NEGATIVE or _NO_ZONE in codes:
        return Finding.NEGATIVE
    if statuses == {"found"}:
        return Finding.POSITIVE
    return Finding.UNKNOWN


@dataclass(frozen=True, slots=True)
class AtSes:
    """What the identity says: whether SES holds the domain verified, and whether it has given up
    looking. Neither is true of ``TEMPORARY_FAILURE``, which means wait."""

    verified: bool
    gave_up: bool


@dataclass(frozen=True, slots=True)
class Course:
    """Through which states the domain goes now, oldest first, each with its reason, and since when
    its records are gone. Empty ``steps``: it stays as it is."""

    steps: tuple[tuple[State, str], ...] = ()
    first_negative_at: datetime | None = None


def course(
    state: State,
    finding: Finding,
    first_negative_at: datetime | None,
    ses: AtSes | None,
    now: datetime,
) -> Course:
    """Decide what becomes of a watched domain; ``ses`` is none where SES was not asked."""
    if finding is Finding.UNKNOWN:
        since = first_negative_at
    elif finding is Finding.NEGATIVE:
        since = first_negative_at or now
    else:
        since = None
    if ses is not None and ses.gave_up:
        return Course(_to_lost(state, "Amazon SES has stopped looking for its records."), since)
    if finding is Finding.NEGATIVE:
        return Course(_worse(state, since, now), since)
    if finding is Finding.POSITIVE and state is not State.VERIFIED and ses and ses.verified:
        return Course(((State.VERIFIED, "All records are there again, and SES agrees."),), since)
    return Course((), since)


def _worse(state: State, since: datetime | None, now: datetime) -> tuple[tuple[State, str], ...]:
    if state is State.VERIFIED:
        return ((State.AT_RISK, "Records that were there are not found any more."),)
    if state is State.AT_RISK and since is not None and now - since >= APART:
        hours = int(APART.total_seconds() // 3600)
        return _to_lost(state, f"Records have been gone for {hours} hours or more.")
    return ()


def _to_lost(state: State, why: str) -> tuple[tuple[State, str], ...]:
    """By way of ``at_risk``, which every loss goes through."""
    if state is State.LOST:
        return ()
    lost = (State.LOST, why)
    return (lost,) if state is State.AT_RISK else ((State.AT_RISK, why), lost)
