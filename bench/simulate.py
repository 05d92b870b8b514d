"""10,000 onboardings by our schedule, beside fixed intervals as others use them.

Customers publish after minutes to days; some never do, some make a mistake first. Each policy meets
the same customers: what differs is when it looks. Our looks are decided by the system's own
functions; SES looks by itself, as ``local/ses`` has it. Costs are those of ``domain.cost``.
"""

import argparse
import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from pathlib import Path
from random import Random
from statistics import mean, median, quantiles

from bench.crowd import crowd
from bench.simulate_chart import chart
from onboarding.domain.cost import TRANSITION, Onboarding
from onboarding.domain.schedule import (
    PATIENCE,
    REMINDER_TIMES,
    Action,
    Look,
    Progress,
    due_reminder,
    next_step,
    until_next_look,
)

COUNT, SEED = 10_000, 20_261_123
PICTURE = Path(__file__).parents[1] / "docs" / "simulation.svg"

NEVER, MISTAKEN = 0.10, 0.15
"""The shares of customers who never publish, and of those who do who err first."""
TYPICAL, SPREAD = 3 * 3600.0, 1.8
"""Log-normal time to publishing: half within three hours, nine in ten within thirty."""
REPAIR, REPAIR_SPREAD = 2 * 3600.0, 1.2
"""From being told of a mistake to correcting it."""

BEGIN = datetime(2026, 11, 23, 10, tzinfo=UTC)
END = PATIENCE.total_seconds()
SEARCH = 72 * 3600.0
"""SES stops looking then, until it is asked again."""


def ses_looks() -> list[float]:
    """When SES looks, in seconds since it was asked: each minute at first, then ever slower."""
    times, at = [], 0.0
    while at < SEARCH:
        times.append(at)
        at += max(60.0, min(900.0, at / 20))
    return times


SES_LOOKS = ses_looks()

BEFORE_THE_WAIT, EACH_LOOK, EACH_MAIL, RESTART, END_STATES = 7, 3, 1, 3, 2
"""State transitions of ``onboard_domain``: its start, admission, creation and the records; wait,
check and choice; a correction or a reminder; a restart of SES's search; the last two."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Seconds from the records to publishing (none: never), and from being told of a mistake to
    its correction (none: right at once)."""

    publishes: float | None
    repairs: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """``took``: seconds until the records were right, by this customer and what he was told;
    ``delay``: from then to verified. None where it never came to that."""

    took: float | None
    delay: float | None
    work: Onboarding


def customers(number: int, seed: int) -> list[Customer]:
    rng = Random(seed)
    return [_customer(rng) for _ in range(number)]


def _customer(rng: Random) -> Customer:
    never, mistaken = rng.random() < NEVER, rng.random() < MISTAKEN
    publishes = rng.lognormvariate(math.log(TYPICAL), SPREAD)
    repairs = rng.lognormvariate(math.log(REPAIR), REPAIR_SPREAD)
    return Customer(None if never else publishes, repairs if mistaken else None)


class SesSearch:
    """What SES has seen: it looks for 72 hours from when it was last asked."""

    def __init__(self) -> None:
        self.asked = 0.0

    def has_seen(self, right_since: float | None, now: float) -> bool:
        if right_since is None:
            return False
        first = bisect_left(SES_LOOKS, max(0.0, right_since - self.asked))
        return first < len(SES_LOOKS) and self.asked + SES_LOOKS[first] <= now

    def has_ended(self, now: float) -> bool:
        return now - self.asked >= SEARCH


class Wait:
    """One customer's wait, look by look, by any policy: when the records are right depends on when
    the mistake was told."""

    def __init__(self, customer: Customer) -> None:
        self._customer = customer
        self._told: float | None = None
        self._ses = SesSearch()
        self.progress = Progress(BEGIN)
        self.looks, self.mails, self.restarts = 0, 1, 0

    def right_since(self) -> float | None:
        publishes, repairs = self._customer.publishes, self._customer.repairs
        if repairs is None or publishes is None:
            return publishes
        return None if self._told is None else self._told + repairs

    def quiet_until(self, now: float) -> float:
        """Looks before that can only find that there is nothing to do; ``now`` if there may be."""
        right = self.right_since()
        if right is not None and right <= now:
            return now
        turning = [at for at in (self._customer.publishes, right, *REMINDED, END) if at is not None]
        return min((at for at in turning if at > now), default=now)

    def look(self, now: float, jitter: float) -> Action:
        """What a look at ``now`` finds, decided by the system's own function."""
        self.looks += 1
        right, published = self.right_since(), self._customer.publishes
        is_right = right is not None and right <= now
        mistaken = published is not None and published <= now and not is_right
        seen = Look(
            verified=is_right and self._ses.has_seen(right, now),
            search_ended=is_right and self._ses.has_ended(now),
            complete_for=timedelta(0) if is_right else None,
            mistakes=("mistake",) if mistaken and self._customer.repairs is not None else (),
        )
        at = BEGIN + timedelta(seconds=now)
        step = next_step(self.progress, seen, at, jitter)
        self._do(step.action, now, at)
        return step.action

    def _do(self, action: Action, now: float, at: datetime) -> None:
        if action is Action.SEND_CORRECTION:
            self.progress = self.progress.with_correction(["mistake"], at)
            self._told = now
            self.mails += 1
        elif action is Action.SEND_REMINDER:
            due = due_reminder(at - BEGIN, self.progress.reminded)
            assert due is not None  # it is the action
            self.progress = self.progress.with_reminder(due)
            self.mails += 1
        elif action is Action.RESTART_VERIFICATION:
            self._ses.asked = now
            self.restarts += 1

    def ended(self, now: float, action: Action) -> Outcome:
        transitions = (
            BEFORE_THE_WAIT
            + EACH_LOOK * self.looks
            + EACH_MAIL * (self.mails - 1)
            + RESTART * self.restarts
            + END_STATES
        )
        work = Onboarding(transitions, self.looks, self.mails + 1)
        right = self.right_since()
        if action is not Action.MARK_VERIFIED or right is None:
            return Outcome(None, None, work)
        return Outcome(right, now - right, work)


REMINDED = [time.total_seconds() for time, _ in REMINDER_TIMES]


def ours(elapsed: float, rng: Random) -> float:
    return float(until_next_look(timedelta(seconds=elapsed), rng.random()))


def run(customer: Customer, interval: float | None, rng: Random) -> Outcome:
    """By a fixed ``interval``, or by our schedule."""
    wait, now = Wait(customer), 0.0
    while True:
        if interval is None:
            now += ours(now, rng)
        else:
            # A look each minute of a quiet week is counted rather than made.
            idle = max(0, math.ceil((wait.quiet_until(now) - now) / interval) - 1)
            wait.looks += idle
            now = min(now + (idle + 1) * interval, max(END, now))
        action = wait.look(now, rng.random())
        if action in (Action.MARK_VERIFIED, Action.EXPIRE):
            return wait.ended(now, action)


POLICIES: dict[str, float | None] = {
    "ours": None,
    "every minute": 60,
    "every 5 minutes": 300,
    "every 15 minutes": 900,
    "every hour": 3600,
    "every 6 hours": 21600,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one policy; delays in seconds, over the customers who were verified. ``on_time``: the
    share seen within a tenth of their own time and a minute."""

    name: str
    verified: int
    median_delay: float
    p95_delay: float
    on_time: float
    transitions: float
    looks: float
    dollars: float
    most_transitions: int
    most_looks: int


def figures(name: str, outcomes: Sequence[Outcome]) -> Figures:
    done = [(o.took, o.delay) for o in outcomes if o.took is not None and o.delay is not None]
    delays = [delay for _, delay in done]
    return Figures(
        name,
        len(done),
        median(delays),
        quantiles(delays, n=20)[-1],
        mean(delay <= allowed(took) for took, delay in done),
        mean(o.work.transitions for o in outcomes),
        mean(o.work.looks for o in outcomes),
        mean(o.work.dollars for o in outcomes),
        max(o.work.transitions for o in outcomes),
        max(o.work.looks for o in outcomes),
    )


def allowed(took: float) -> float:
    return 0.1 * took + 60


def by_time(outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
    """The median delay of those who took about as long: (seconds taken, seconds of delay)."""
    edges = list(takewhile(lambda edge: edge < END, (60 * 1.7**n for n in count())))
    found = []
    for low, high in zip(edges, [*edges[1:], END], strict=True):
        delays = [
            o.delay
            for o in outcomes
            if o.took is not None and o.delay is not None and low <= o.took < high
        ]
        if len(delays) >= 5:
            found.append((math.sqrt(low * high), median(delays)))
    return found


def results(number: int, seed: int) -> Iterator[tuple[Figures, list[tuple[float, float]]]]:
    crowd = customers(number, seed)
    for name, interval in POLICIES.items():
        rng = Random(seed)
        outcomes = [run(customer, interval, rng) for customer in crowd]
        yield figures(name, outcomes), by_time(outcomes)


def duration(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def show(found: Sequence[Figures]) -> None:
    print(
        f"{'policy':17}{'verified':>9}{'median':>10}{'p95':>10}{'in a tenth':>12}"
        f"{'transitions':>13}{'looks':>8}{'USD':>9}"
    )
    for each in found:
        print(
            f"{each.name:17}{each.verified:9}{duration(each.median_delay):>10}"
            f"{duration(each.p95_delay):>10}{each.on_time:12.1%}"
            f"{each.transitions:13.0f}{each.looks:8.0f}{each.dollars:9.4f}"
        )


def in_a_crowd() -> None:
    """What a step costs where many onboardings want SES at once."""
    print("\nTransitions of a step that needs SES, where all come within a second:\n")
    print(f"{'onboardings':>11}{'requests':>10}{'mean':>8}{'most':>6}{'USD a domain':>14}")
    for number in (1_000, 5_000):
        for requests in (1, 3):
            took = crowd(number, requests)
            dollars = mean(took) * TRANSITION
            print(f"{number:11}{requests:10}{mean(took):8.1f}{max(took):6}{dollars:14.5f}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help=f"onboardings, default {COUNT}")
    parser.add_argument("--seed", type=int, default=SEED, help="for other customers")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="where the chart goes")
    arguments = parser.parse_args()
    print(f"{arguments.count} onboardings; the delay from publishing to verified, per domain:\n")
    found, curves = [], {}
    for each, curve in results(arguments.count, arguments.seed):
        found.append(each)
        curves[each.name] = curve
    show(found)
    in_a_crowd()
    mine = found[0]
    budgets = {
        "median delay within a tenth of the customer's time and a minute": mine.on_time >= 0.5,
        f"at most 400 transitions, most {mine.most_transitions}": mine.most_transitions <= 400,
        f"at most 125 looks, most {mine.most_looks}": mine.most_looks <= 125,
        "under 0.01 USD a domain": mine.dollars < 0.01,
    }
    print()
    for what, kept in budgets.items():
        print(f"{'ok' if kept else 'MISSED':8}{what}")
    arguments.picture.write_text(chart(curves, {f.name: f.dollars for f in found}))
    print(f"\nThe picture: {arguments.picture}")
    return 0 if all(budgets.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
