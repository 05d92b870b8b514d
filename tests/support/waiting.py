"""Waiting for a condition instead of for a time."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def eventually(
    condition: Callable[[], Value],
    what: str = "it happens",
    timeout: float = 60.0,
    pause: float = 0.05,
) -> Value:
    """The first true value of ``condition``; fails the test, naming ``what``, after ``timeout``
    real seconds, or more where the machine is known to be busy (``XES_TEST_PATIENCE``)."""
    timeout *= float(os.environ.get("XES_TEST_PATIENCE", "1"))
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:.0f} s: {what}; last seen: {value!r}")
        time.sleep(pause)
