"""The way from a DMARC policy that only watches to one that has forged e-mail refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, NamedTuple

from onboarding.domain.dmarc import DmarcSyntaxError, parse_dmarc
from onboarding.domain.records import dmarc_text
from onboarding.domain.request import DmarcDisposition, DmarcPolicy

A_PART: Final = 25
"""Percent of failing e-mail that the first step of quarantine is asked to concern."""

PERCENT_NOTE: Final = (
    "The part pct is from the older standard (RFC 7489): mail providers that follow it apply the "
    "policy to that share of the e-mail that fails the checks. Those that follow the newer one "
    "(RFC 9989) ignore pct and apply the policy to all of it. So take this step only when the "
    "policy could apply to everything."
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the way: from which day, the record's whole text, and a sentence that says
    when the next one is due (of the last: what is left to do)."""

    begins: date
    text: str
    move_on: str


@dataclass(frozen=True, slots=True)
class DmarcAdvice:
    """`asked` is the text that was asked for; `stages` lead on from the stage it starts with.
    `note` explains a `pct` among them, and is empty where there is none."""

    asked: str
    stages: tuple[Stage, ...]
    note: str = ""


class _Leg(NamedTuple):
    """A stage's policy and its share (None: all), how long it lasts at least, and when to move
    on."""

    policy: DmarcDisposition
    percent: int | None
    lasts: timedelta
    until: str

    def of(self, asked: DmarcPolicy) -> DmarcPolicy:
        """With the report address of what was asked for."""
        return replace(asked, policy=self.policy, percent=self.percent)


_WAY: Final = (
    _Leg(
        DmarcDisposition.NONE,
        None,
        timedelta(weeks=2),
        "Move on when the reports of two weeks name no sender of yours that fails the checks.",
    ),
    _Leg(
        DmarcDisposition.QUARANTINE,
        A_PART,
        timedelta(weeks=2),
        "Move on when for two weeks nobody has missed an e-mail of yours or found it among the "
        "spam.",
    ),
    _Leg(
        DmarcDisposition.QUARANTINE,
        None,
        timedelta(weeks=4),
        "Move on when the reports of four weeks, a month's newsletters and invoices among them, "
        "name no sender of yours that fails the checks.",
    ),
    _Leg(
        DmarcDisposition.REJECT,
        None,
        timedelta(0),
        "This is the last step: read the reports from time to time, above all before a new "
        "service sends in your name.",
    ),
)


def advise(asked: DmarcPolicy, today: date, start: DmarcDisposition | None = None) -> DmarcAdvice:
    """The way that begins on `today` with what was asked for, or with `start` where the owner
    would rather begin more carefully. Every stage is stricter than the one before."""
    first = asked if start is None else replace(asked, policy=start, percent=None)
    leg = _leg_reached(first)
    stages = [_stage(first, today, leg)]
    begins = today + leg.lasts
    for each in _WAY:
        if _strength(each.of(asked)) > _strength(first):
            stages.append(_stage(each.of(asked), begins, each))
            begins += each.lasts
    told = any("pct=" in stage.text for stage in stages)
    return DmarcAdvice(dmarc_text(asked), tuple(stages), PERCENT_NOTE if told else "")


def is_beyond(asked: DmarcPolicy, published: str) -> bool:
    """Is what an owner has published stricter than what was asked for?"""
    try:
        return parse_dmarc(published).strength > _strength(asked)
    except DmarcSyntaxError:
        return False


def _stage(policy: DmarcPolicy, begins: date, leg: _Leg) -> Stage:
    due = f" The earliest day is {begins + leg.lasts:%-d %B %Y}." if leg.lasts else ""
    return Stage(begins, dmarc_text(policy), leg.until + due)


def _leg_reached(policy: DmarcPolicy) -> _Leg:
    """The strictest that is no stricter than the policy."""
    reached = [leg for leg in _WAY if _strength(leg.of(policy)) <= _strength(policy)]
    return reached[-1] if reached else _WAY[0]


def _strength(policy: DmarcPolicy) -> tuple[int, int]:
    return parse_dmarc(dmarc_text(policy)).strength
