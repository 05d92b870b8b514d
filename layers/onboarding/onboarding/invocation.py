"""How much of its time the present run of a function has left: Lambda tells it only to the handler,
and whoever waits on the way has to know it."""

import time
from math import inf
from typing import Any

_ends = inf


def begin(context: Any) -> None:
    """A run begins, with Lambda's context; outside Lambda there is none, and no limit."""
    global _ends  # noqa: PLW0603 - one run at a time in a process
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    _ends = inf if remaining is None else time.monotonic() + remaining() / 1000


def seconds_left() -> float:
    """Real seconds until Lambda ends this run."""
    return _ends - time.monotonic()
