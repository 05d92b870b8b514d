"""What was read of domains, kept for the batches that follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from onboarding.domain.responsibility import SenderHistory
    from onboarding.ports import Clock, SenderHistories

MARGIN: Final = timedelta(minutes=1)
"""A change counts from a moment before it is written, and clocks differ: what was read is exact for
the time up to this long before."""

MAX_AGE: Final = timedelta(minutes=15)
"""What an operator mends by hand shows after this time."""

MOST: Final = 10_000
"""Names; a few megabytes."""


class HistoryCache:
    """Implements ``SenderHistories`` over another one. What is unknown is asked for each time."""

    def __init__(self, source: SenderHistories, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._kept: dict[str, tuple[datetime, SenderHistory]] = {}

    def histories(self, names: Mapping[str, datetime]) -> dict[str, SenderHistory]:
        now = self._clock.now()
        found, missing = {}, {}
        for name, sent_at in names.items():
            read_at, history = self._kept.get(name, (None, None))
            if history and read_at and sent_at <= read_at - MARGIN and now <= read_at + MAX_AGE:
                found[name] = history
            else:
                missing[name] = sent_at
        if missing:
            read = self._source.histories(missing)
            if len(self._kept) + len(read) > MOST:
                self._kept.clear()
            self._kept |= {name: (now, history) for name, history in read.items()}
            found |= read
        return found
