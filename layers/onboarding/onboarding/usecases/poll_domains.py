"""Call for the checks that are due: every minute, for all domains that were ever verified."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from onboarding.ports import CheckQueue, Clock, WatchStore

LAG: Final = timedelta(seconds=2)
"""What the list may be behind the table: what is due in this moment is called for next time."""


def poll_domains(*, watches: WatchStore, queue: CheckQueue, clock: Clock) -> int:
    """How many checks were called for.

    The window is taken before anything is sent: a schedule that fires twice calls for nothing
    twice. What dies in between is called for again within half an hour, by a window that reaches
    back to the beginning.
    """
    window = watches.take_window(clock.now() - LAG)
    return 0 if window is None else queue.send(watches.due(window))
