"""A token bucket: how SES limits the pace of requests."""

import time
from collections.abc import Callable


class TokenBucket:
    """Admits `rate` calls a second and at most `burst` at once; a rate of 0 admits all.

    Real time, even where the simulated clock runs fast: it is the callers' real pace that counts.
    """

    def __init__(
        self, rate: float, burst: float = 1.0, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._now = rate, burst, now
        self._tokens, self._filled_at = burst, now()

    def admit(self) -> bool:
        """Take a token if there is one."""
        if self._rate <= 0:
            return True
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
