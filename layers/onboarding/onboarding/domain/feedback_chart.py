"""Flags per day as a chart: the data for a page, and a drawing that needs no script.

The drawing is an SVG with a title and a description for people who do not see it, and the numbers
stand in a table beside it: ``rows`` are that table's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from math import ceil
from typing import TYPE_CHECKING, Any

from onboarding.domain.feedback_rates import Tally, by_day, of_party
from onboarding.domain.responsibility import Responsible

if TYPE_CHECKING:
    from onboarding.domain.feedback import Flag


@dataclass(frozen=True, slots=True)
class Chart:
    """Flags of the days from the first of ``days`` to the last; ``title`` says whose."""

    title: str
    days: tuple[date, ...]
    tallies: tuple[Tally, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """``{"day", "bounces", "complaints", "apart"}`` for each day."""
        return [
            {
                "day": day.isoformat(),
                "bounces": found.bounces,
                "complaints": found.complaints,
                "apart": found.apart,
            }
            for day, found in zip(self.days, self.tallies, strict=True)
        ]

    @property
    def totals(self) -> tuple[int, int]:
        """Bounces and complaints of all days."""
        bounces = sum(found.bounces for found in self.tallies)
        return bounces, sum(found.complaints for found in self.tallies)

    @property
    def description(self) -> str:
        """What the drawing shows, in words."""
        bounces, complaints = self.totals
        when = f"From {self.days[0]:%-d %B %Y} to {self.days[-1]:%-d %B %Y}"
        text = f"{when}: {_counted(bounces, 'bounce')} and {_counted(complaints, 'complaint')}."
        if bounces + complaints == 0:
            return text
        worst = max(self.rows, key=lambda row: row["bounces"] + row["complaints"])
        day = date.fromisoformat(worst["day"])
        return (
            f"{text} Most on {day:%-d %B}: {_counted(worst['bounces'], 'bounce')} and "
            f"{_counted(worst['complaints'], 'complaint')}."
        )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def chart(title: str, flags: Iterable[Flag], since: date, until: date) -> Chart:
    """Of the flags that the provider answers for: for mail that a customer has signed for there
    are no analytics."""
    days = by_day(of_party(flags, Responsible.PROVIDER), since, until)
    return Chart(title, tuple(days), tuple(days.values()))


WIDTH, HEIGHT = 640, 200
_LEFT, _TOP, _BOTTOM = 40, 28, 24


def svg(shown: Chart) -> str:
    """The chart as an SVG for a page: bars of bounces, and of complaints upon them, told apart by
    a pattern as well as by colour."""
    top = max(1, *(found.bounces + found.complaints for found in shown.tallies))
    height = HEIGHT - _TOP - _BOTTOM
    step = (WIDTH - _LEFT) / len(shown.days)
    bars = "".join(
        _bar(_LEFT + number * step, step, found, height / top)
        for number, found in enumerate(shown.tallies)
    )
    title, text = escape(shown.title), escape(shown.description)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-labelledby="flags-title flags-text" font-family="system-ui, sans-serif" '
        'font-size="12" fill="currentColor">'
        f'<title id="flags-title">{title}</title><desc id="flags-text">{text}</desc>'
        '<defs><pattern id="flags-complaints" width="4" height="4" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="4" height="4" fill="#b3261e"/><rect width="1.5" height="4" fill="#fff"/>'
        f"</pattern></defs>{_legend()}{_axes(top, height, shown.days, step)}{bars}</svg>"
    )


def _bar(x: float, step: float, found: Tally, unit: float) -> str:
    floor = HEIGHT - _BOTTOM
    bounces, complaints = found.bounces * unit, found.complaints * unit
    at, width = f"{x + step * 0.15:.1f}", f"{step * 0.7:.1f}"
    drawn = ""
    if bounces:
        drawn += (
            f'<rect x="{at}" y="{floor - bounces:.1f}" width="{width}" height="{bounces:.1f}" '
            'fill="#2f6db5"/>'
        )
    if complaints:
        drawn += (
            f'<rect x="{at}" y="{floor - bounces - complaints:.1f}" width="{width}" '
            f'height="{complaints:.1f}" fill="url(#flags-complaints)"/>'
        )
    return drawn


def _legend() -> str:
    return (
        f'<rect x="{_LEFT}" y="6" width="10" height="10" fill="#2f6db5"/>'
        f'<text x="{_LEFT + 15}" y="15">bounces</text>'
        f'<rect x="{_LEFT + 90}" y="6" width="10" height="10" fill="url(#flags-complaints)"/>'
        f'<text x="{_LEFT + 105}" y="15">complaints</text>'
    )


def _axes(top: int, height: float, days: Sequence[date], step: float) -> str:
    floor = HEIGHT - _BOTTOM
    marks = sorted({0, ceil(top / 2), top})
    lines = "".join(
        f'<line x1="{_LEFT}" x2="{WIDTH}" y1="{floor - mark * height / top:.1f}" '
        f'y2="{floor - mark * height / top:.1f}" stroke="currentColor" stroke-opacity="0.25"/>'
        f'<text x="{_LEFT - 6}" y="{floor - mark * height / top + 4:.1f}" '
        f'text-anchor="end">{mark}</text>'
        for mark in marks
    )
    every = max(1, ceil(len(days) / 8))
    names = "".join(
        f'<text x="{_LEFT + (number + 0.5) * step:.1f}" y="{HEIGHT - 6}" '
        f'text-anchor="middle">{day:%-d %b}</text>'
        for number, day in enumerate(days)
        if number % every == 0
    )
    return lines + names
