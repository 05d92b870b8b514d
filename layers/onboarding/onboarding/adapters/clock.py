"""The clock that functions read, and their dice.

On AWS it is the real one. In a local world the waits of a workflow are shortened, so whatever reads
the time has to run at the same pace: two variables in the environment say so.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import SystemRandom

CLOCK_ORIGIN = "XES_CLOCK_ORIGIN"
"""Unix seconds at which the simulated and the real time agree."""

CLOCK_RATE = "XES_CLOCK_RATE"
"""Simulated seconds that pass in one real second."""


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """A clock that runs ``rate`` times as fast as the real one since ``origin`` (Unix seconds)."""

    origin: float = 0.0
    rate: float = 1.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ScaledClock":
        return cls(
            float(environment.get(CLOCK_ORIGIN, 0.0)), float(environment.get(CLOCK_RATE, 1.0))
        )

    def now(self) -> datetime:
        return self.at(time.time())

    def at(self, real: float) -> datetime:
        """The simulated time at ``real`` Unix seconds."""
        return datetime.fromtimestamp(self.origin + (real - self.origin) * self.rate, UTC)


class SystemDice:
    """Randomness from the operating system: good for jitter and for identifiers alike."""

    _random = SystemRandom()

    def random(self) -> float:
        return self._random.random()

    def token_hex(self, octets: int) -> str:
        return secrets.token_hex(octets)
