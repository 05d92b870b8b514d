"""One budget for all control requests to SES, kept in the table: SES allows about one a second to
the whole account, and says no more than "too many" to whoever comes too soon."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, Final, NoReturn

from onboarding.adapters.ses_turns import Line, TooCrowded, Turns
from onboarding.port_errors import SesBusy

MARGIN: Final = 1.05
"""Requests that leave a second apart arrive a little less or more than a second apart."""

MOST_AHEAD: Final = 15.0
"""Seconds that a function waits for its turn; who would wait longer comes again later."""

RESERVE: Final = 20.0
"""Seconds of a function's time that no waiting may use up: for the requests and for what follows
them."""

PATIENCE: Final = 60.0
"""Seconds that a poller tries; then what it wanted is for its next run."""


@dataclass(frozen=True, slots=True)
class RealTime:
    """Real seconds: SES counts the callers' real pace, even where the system's clock is made to
    run ``rate`` times as fast. ``left``: until the function is ended, whatever it does."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    rate: float = 1.0
    left: Callable[[], float] = lambda: math.inf


class SesBudget:
    """A bucket of one token that is filled ``rate`` times a second, with turns kept in order.

    Who can wait for a turn stands in line. Who would wait too long is sent away with a time to come
    back at, one request's distance behind the one sent away before: as many come back as SES takes,
    so that one return is mostly enough, however many there are. Such a time is no more than that:
    it holds nothing, so nothing is lost with a workflow that ends or comes late, and who finds the
    line full again gets another time.
    """

    def __init__(
        self, turns: Turns, rate: float, time: RealTime, *, most_ahead: float = MOST_AHEAD
    ) -> None:
        """``most_ahead``: seconds to wait for a turn at most."""
        self._turns, self._time = turns, time
        self._distance = MARGIN / rate
        self._most_ahead = most_ahead

    def watch(self, ses: Any) -> Any:
        """Let every request of the client ``ses``, each repeat as well, wait for its turn."""
        ses.meta.events.register("before-send.sesv2", self._before_send)
        return ses

    def _before_send(self, **_: Any) -> None:
        self.take()

    def take(self) -> None:
        """Returns when the turn has come; raises ``SesBusy`` where too many wait already."""
        ahead = self.turn() - self._time.now()
        if ahead > 0:
            self._time.sleep(ahead)

    def turn(self) -> float:
        """When the turn that was taken comes, by ``now`` of the time; raises ``SesBusy``."""
        try:
            return self._turn()
        except TooCrowded as crowded:
            raise self._busy(self._most_ahead * (1 + 3 * SystemRandom().random())) from crowded

    def _turn(self) -> float:
        while True:
            line, now = self._turns.line(), self._time.now()
            latest = now + min(self._ahead(), self._time.left() - RESERVE)
            if line.free_at > latest and line.free_at > now:
                self._refuse(line, now)
            if line.free_at <= now:
                if self._turns.take_idle(now, self._distance):
                    return now
            elif (turn := self._turns.take_next(now, latest, self._distance)) is not None:
                return turn
            # Between the look and the write somebody else has come: it is tried again.

    def _ahead(self) -> float:
        return self._most_ahead

    def _refuse(self, line: Line, now: float) -> NoReturn:
        raise self._busy(self._turns.promise(line.free_at, self._distance) - now)

    def _busy(self, seconds: float) -> SesBusy:
        wait = math.ceil(seconds * self._time.rate)
        return SesBusy("others wait for Amazon SES", wait_seconds=wait)


class PromptBudget(SesBudget):
    """For a person who waits for the answer: who is sent away will not come back, so that nobody
    behind has to wait for that."""

    def _refuse(self, line: Line, now: float) -> NoReturn:
        raise self._busy(line.free_at - now)


class SpareBudget(PromptBudget):
    """For pollers, which must not keep onboardings waiting: what nobody wants, and for all of them
    together one turn in ``spare_after`` seconds while somebody does."""

    def __init__(self, turns: Turns, rate: float, time: RealTime, *, spare_after: float) -> None:
        super().__init__(turns, rate, time)
        self._spare_after = spare_after

    def _turn(self) -> float:
        began = self._time.now()
        while True:
            line, now = self._turns.line(), self._time.now()
            nobody_waits = max(line.free_at, line.promised) <= now
            if nobody_waits and self._turns.take_idle(now, self._distance):
                return now
            hungry = now >= began + self._spare_after
            if hungry and self._turns.take_shared(now, self._spare_after):
                return super()._turn()
            if now >= began + min(PATIENCE, self._time.left() - RESERVE):
                self._refuse(line, now)
            self._time.sleep(self._distance)

    def _ahead(self) -> float:
        # Behind a line that is always full as well: so few are they.
        return self._most_ahead + self._spare_after
