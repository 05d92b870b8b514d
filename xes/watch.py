"""``xes watch``: how many domains stand where, live in the terminal."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from onboarding.bootstrap import Bootstrap
from onboarding.domain.lifecycle import ESTABLISHED, State
from onboarding.domain.summary import AGES
from xes.agent import JsonOption, StackOption
from xes.output import Exit, out, print_json
from xes.stack import deployed

STATES = (
    State.VERIFIED,
    State.AT_RISK,
    State.LOST,
    State.AWAITING_DNS,
    State.AWAITING_APPROVAL,
    State.AWAITING_DOCUMENT,
    State.FAILED,
)
_MOST_NAMES = 10

MANY, SLOWLY = 10_000, 60.0
"""From so many domains on it looks at most once in so many seconds."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One look: counts by state, the names in trouble, checks that are overdue, and domains that
    wait for their records by how long they have (under 1, 3, 7 days, longer)."""

    at: datetime
    counts: dict[str, int]
    troubled: dict[str, list[str]]
    waiting: list[int]
    overdue_checks: int

    @property
    def is_well(self) -> bool:
        return not any(self.troubled.values())


def sight(app: Bootstrap) -> Sight:
    now, census = app.clock.now(), app.census
    counts = dict.fromkeys(map(str, STATES), 0)
    counts |= {state.value: census.count(state) for state in STATES if state not in ESTABLISHED}
    older = [census.count(State.AWAITING_DNS, now - age) for age in AGES]
    at_least = [counts[State.AWAITING_DNS.value], *older, 0]
    troubled = {
        state.value: sorted(d.domain for d in app.store.domains([state]))
        for state in (State.AT_RISK, State.LOST)
    }
    counts |= {state: len(names) for state, names in troubled.items()}
    in_trouble = sum(map(len, troubled.values()))
    # The lists may lag behind each other.
    counts[State.VERIFIED.value] = max(0, census.established() - in_trouble)
    return Sight(
        at=now,
        counts=counts,
        troubled=troubled,
        waiting=[more - less for more, less in pairwise(at_least)],
        overdue_checks=census.overdue(now - timedelta(minutes=5)),
    )


def watch(
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.2)] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Show how many domains stand where, live, until Ctrl-C; from 10,000 on once a minute.

    With --json or --once it looks once; exit 1 if a domain is at risk or lost.
    """
    with deployed(stack) as found:
        first = sight(found.app)
        if json:
            print_json({**asdict(first), "at": first.at.isoformat()})
        elif once:
            out.print(table(first))
        else:
            _live(found.app, first, every)
            return
    if not first.is_well:
        raise typer.Exit(Exit.NO)


def _live(app: Bootstrap, first: Sight, every: float) -> None:
    with Live(table(first), console=out, auto_refresh=False) as screen:
        try:
            while True:
                time.sleep(pause(first, every))
                first = sight(app)
                screen.update(table(first), refresh=True)
        except KeyboardInterrupt:
            return


def pause(seen: Sight, every: float) -> float:
    """Seconds until the next look: what a look reads and costs grows with the domains."""
    return every if sum(seen.counts.values()) < MANY else max(every, SLOWLY)


def table(seen: Sight) -> Table:
    shown = Table(title=f"Domains, {seen.at:%-d %B %Y %H:%M} UTC", title_justify="left")
    shown.add_column("state")
    shown.add_column("domains", justify="right")
    shown.add_column("")
    for state, count in seen.counts.items():
        shown.add_row(state.replace("_", " "), str(count), _remark(seen, state))
    overdue = "" if not seen.overdue_checks else "see docs/runbooks.md"
    shown.add_row("checks overdue", str(seen.overdue_checks), overdue)
    return shown


def _remark(seen: Sight, state: str) -> str:
    if state == State.AWAITING_DNS:
        ages = zip(seen.waiting, ("under 1 d", "1-3 d", "3-7 d", "over 7 d"), strict=True)
        return ", ".join(f"{count} {age}" for count, age in ages if count)
    return _named(seen.troubled.get(state, ()))


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
