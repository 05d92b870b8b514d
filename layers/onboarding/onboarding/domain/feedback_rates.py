"""Counts and rates of bounces and complaints, and when they are worth a warning.

Amazon SES reviews a sender at 5 % bounces and 0.1 % complaints, and may pause it at 10 % and 0.5 %
("Reputation metrics", SES Developer Guide). Mail that a customer has signed for has no rates, as
signed: of it the flags alone are kept, and a number of them is all that can be told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.feedback_event import FeedbackKind
from onboarding.domain.responsibility import Responsible

if TYPE_CHECKING:
    from onboarding.domain.feedback import Flag

WINDOW: Final = timedelta(days=7)
"""Rates are those of so many days, today included: SES, too, looks at more than a moment."""


def first_day(today: date) -> date:
    """Of the window that ends with ``today``."""
    return today - WINDOW + timedelta(days=1)


class Level(IntEnum):
    """How bad it is."""

    FINE = 0
    REVIEW = 1
    PAUSE = 2


class Measure(StrEnum):
    """What is counted."""

    BOUNCES = "bounces"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on there is a warning: for each measure the level of review and that of pause.

    Rates are in percent of the e-mails sent, judged from ``least_sent`` e-mails on: one bounce of
    ten says nothing. Where the number of e-mails is not known, the ``counts`` of the window decide.
    ``pause`` says whether a person is asked to pause the sending at the second level.
    """

    bounces: tuple[float, float] = (5.0, 10.0)
    complaints: tuple[float, float] = (0.1, 0.5)
    least_sent: int = 200
    bounce_counts: tuple[float, float] = (50, 500)
    complaint_counts: tuple[float, float] = (5, 50)
    pause: bool = False

    def rates(self, measure: Measure) -> tuple[float, float]:
        return self.bounces if measure is Measure.BOUNCES else self.complaints

    def counts(self, measure: Measure) -> tuple[float, float]:
        return self.bounce_counts if measure is Measure.BOUNCES else self.complaint_counts


def parse_thresholds(text: str) -> Thresholds:
    """JSON with any of the fields of ``Thresholds``, such as ``{"bounces": [4, 8]}``; empty for
    SES's own. Raises ``ValueError`` saying what is wrong."""
    if not text.strip():
        return Thresholds()
    given = json.loads(text)
    known = {each.name for each in fields(Thresholds)}
    if not isinstance(given, dict) or not given.keys() <= known:
        raise ValueError(f"thresholds are a JSON object with some of {', '.join(sorted(known))}")
    return Thresholds(**{name: _threshold(name, value) for name, value in given.items()})


def _threshold(name: str, value: Any) -> Any:
    if name == "pause" and isinstance(value, bool):
        return value
    if name == "least_sent" and _is_number(value):
        return value
    if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)):
        review, pause = value
        if 0 < review <= pause:
            return (review, pause)
    raise ValueError(f"the threshold {name} cannot be {value!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What some flags add up to. ``apart`` are those that are part of no rate; ``sent`` is the
    number of e-mails, none where that is not known."""

    bounces: int = 0
    complaints: int = 0
    apart: int = 0
    sent: int | None = None

    def count(self, measure: Measure) -> int:
        return self.bounces if measure is Measure.BOUNCES else self.complaints

    def rate(self, measure: Measure) -> float | None:
        """In percent; none where the number of e-mails is not known, or none went out."""
        return 100 * self.count(measure) / self.sent if self.sent else None

    def as_json(self) -> dict[str, int | float | None]:
        return {
            "bounces": self.bounces,
            "complaints": self.complaints,
            "apart": self.apart,
            "sent": self.sent,
            "bounce_rate": _rounded(self.rate(Measure.BOUNCES)),
            "complaint_rate": _rounded(self.rate(Measure.COMPLAINTS)),
        }


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 3)


def tally(flags: Iterable[Flag], sent: int | None = None) -> Tally:
    """A bounce is one recipient's; a complaint is one, however many may have complained."""
    bounces: set[tuple[str, str]] = set()
    complaints: set[tuple[str, str]] = set()
    apart: set[tuple[str, str]] = set()
    for flag in flags:
        if flag.kind is FeedbackKind.COMPLAINT:
            (complaints if flag.is_counted else apart).add((flag.feedback_id, ""))
        else:
            one = (flag.feedback_id, flag.recipient_hash)
            (bounces if flag.is_counted else apart).add(one)
    return Tally(len(bounces), len(complaints), len(apart), sent)


def of_party(flags: Iterable[Flag], responsible: Responsible) -> list[Flag]:
    return [flag for flag in flags if flag.responsible is responsible]


def by_day(
    flags: Iterable[Flag], since: date, until: date, sent: Mapping[date, int] | None = None
) -> dict[date, Tally]:
    """One tally for each day from ``since`` to ``until``, those without flags too."""
    days: dict[date, list[Flag]] = {
        since + timedelta(days=number): [] for number in range((until - since).days + 1)
    }
    for flag in flags:
        if flag.at.date() in days:
            days[flag.at.date()].append(flag)
    return {
        day: tally(found, None if sent is None else sent.get(day, 0)) for day, found in days.items()
    }


def level_of(found: Tally, measure: Measure, thresholds: Thresholds) -> Level:
    if found.sent is None:
        return _level(found.count(measure), thresholds.counts(measure))
    if found.sent < thresholds.least_sent:
        return Level.FINE
    return _level(found.rate(measure) or 0, thresholds.rates(measure))


def may_cross(found: Tally, thresholds: Thresholds) -> bool:
    """Whether any number of e-mails would make it worth a warning; ``found.sent`` is not read."""
    return any(_may_cross(found.count(measure), measure, thresholds) for measure in Measure)


def _may_cross(count: int, measure: Measure, thresholds: Thresholds) -> bool:
    by_rate = 100 * count >= thresholds.rates(measure)[0] * thresholds.least_sent
    return count > 0 and (by_rate or count >= thresholds.counts(measure)[0])


def says_it(narrower: Tally, wider: Tally, crossing: Crossing, thresholds: Thresholds) -> bool:
    """Whether a warning about ``wider`` says nothing new to who was warned about ``narrower``: it
    holds nothing else, and is no worse."""
    measure = crossing.measure
    same = narrower.count(measure) == wider.count(measure)
    return same and level_of(narrower, measure, thresholds) >= crossing.level


def _level(value: float, steps: tuple[float, float]) -> Level:
    return Level(sum(value >= step for step in steps))


# ---------------------------------------------------------------- crossings


@dataclass(frozen=True, slots=True)
class Crossing:
    """A threshold was crossed upwards. ``number`` counts the crossings of its scope, so that each
    has a name of its own; ``text`` is what is told of it."""

    measure: Measure
    level: Level
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What is watched: a ``domain`` of an account, an ``account`` or an ``organisation``, as far as
    one party answers for it."""

    kind: str
    name: str
    responsible: Responsible
    account_id: str = ""

    @property
    def key(self) -> str:
        return "#".join((self.kind, self.responsible.value, self.account_id, self.name))


@dataclass(frozen=True, slots=True)
class FeedbackWatch:
    """How a scope stood when it was last weighed. ``pending`` are crossings of which not everybody
    has been told; ``version`` counts the writes, for optimistic locking."""

    key: str
    levels: Mapping[Measure, Level] = field(default_factory=dict)
    weighed_at: datetime | None = None
    crossings: int = 0
    pending: tuple[Crossing, ...] = ()
    version: int = 0


def weighed(
    watch: FeedbackWatch, scope: Scope, found: Tally, thresholds: Thresholds, now: datetime
) -> FeedbackWatch:
    """``watch`` with what is found now: a level that has risen is a crossing, one that has fallen
    is forgotten. What was last weighed before the window says nothing of it any more."""
    stale = watch.weighed_at is None or now - watch.weighed_at > WINDOW
    before = {} if stale else watch.levels
    levels = {measure: level_of(found, measure, thresholds) for measure in Measure}
    crossings = list(watch.pending)
    number = watch.crossings
    for measure, level in levels.items():
        if level > before.get(measure, Level.FINE):
            number += 1
            text = told(scope, measure, level, found, thresholds)
            crossings.append(Crossing(measure, level, number, text))
    return replace(watch, levels=levels, weighed_at=now, crossings=number, pending=tuple(crossings))


_BAD: Final = {Measure.BOUNCES: "could not be delivered", Measure.COMPLAINTS: "led to a complaint"}


def told(scope: Scope, measure: Measure, level: Level, found: Tally, thresholds: Thresholds) -> str:
    """A crossing in plain words, for customers, tickets and the operator."""
    count, rate = found.count(measure), found.rate(measure)
    what = scope.name if scope.kind == "domain" else f"{scope.kind} {scope.name}"
    of = "" if found.sent is None else f" of {found.sent}"
    share = "" if rate is None else f" ({rate:.2g} %)"
    days = WINDOW.days
    text = f"In the last {days} days {count}{of} e-mails from {what} {_BAD[measure]}{share}."
    if scope.responsible is Responsible.CUSTOMER:
        return f"{text} By the responsibility document these are the customer's to look after."
    review, pause = thresholds.rates(measure)
    if level is Level.PAUSE:
        return f"{text} From {pause:g} % on Amazon may stop the sending."
    return f"{text} From {review:g} % on Amazon looks into it; from {pause:g} % it may stop it."
