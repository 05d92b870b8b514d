"""The clock that functions read, and their dice.

On AWS it is the real one. In a local world the waits of a workflow are shortened, so whatever reads
the time has to run at the same pace: two variables in the environment say so.
"""

import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import SystemRandom
from typing import Self

ORIGIN_VARIABLE = "XES_CLOCK_ORIGIN"
RATE_VARIABLE = "XES_CLOCK_RATE"


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """Simulated time: `origin + (real - origin) * rate`.

    `origin` is the moment, in unix seconds, at which simulated and real time agree; `rate` is
    simulated seconds per real second and must be positive. `source` tells the real time.
    """

    origin: float = 0.0
    rate: float = 1.0
    source: Callable[[], float] = field(default=time.time, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not math.isfinite(self.origin):
            raise ValueError(f"the clock's origin must be finite, not {self.origin}")
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise ValueError(f"the clock's rate must be positive and finite, not {self.rate}")

    @classmethod
    def from_environment(
        cls, env: Mapping[str, str], source: Callable[[], float] = time.time
    ) -> Self:
        """Read `XES_CLOCK_ORIGIN` and `XES_CLOCK_RATE`; without them this is the real clock.

        Raises ValueError, naming the variable, for text that is no number, and for a rate other
        than 1 without an origin: processes that each took their own start would disagree.
        """
        rate = _number(env, RATE_VARIABLE, 1.0)
        if rate != 1.0 and ORIGIN_VARIABLE not in env:
            raise ValueError(f"{RATE_VARIABLE} needs {ORIGIN_VARIABLE}")
        return cls(_number(env, ORIGIN_VARIABLE, 0.0), rate, source)

    def timestamp(self) -> float:
        """Simulated time in unix seconds."""
        return self._simulated(self.source())

    def _simulated(self, real: float) -> float:
        # At rate 1 the sum below would only lose precision.
        return real if self.rate == 1.0 else self.origin + (real - self.origin) * self.rate

    def at(self, real: float) -> datetime:
        """What this clock shows at a moment that another one has noted, in unix seconds."""
        return datetime.fromtimestamp(self._simulated(real), UTC)

    def now(self) -> datetime:
        """Simulated time, aware, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name, "")
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, not {text!r}") from None


class SystemDice:
    """Randomness from the operating system: good for jitter and for identifiers alike."""

    _random = SystemRandom()

    def random(self) -> float:
        return self._random.random()

    def token_hex(self, octets: int) -> str:
        return secrets.token_hex(octets)
