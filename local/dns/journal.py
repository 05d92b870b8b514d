"""Logs for judging a run from outside: one JSON object a line, written out at once."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TextIO

Clock = Callable[[], datetime]


class JsonLines:
    """A file of JSON lines, each with `at`, the time of the clock it is given."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        # Opened for appending, so that several runs and programs may share a journal.
        self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)

    def write(self, **fields: object) -> None:
        """Append one line."""
        self._file.write(json.dumps({"at": self._clock().isoformat(), **fields}) + "\n")

    def close(self) -> None:
        self._file.close()
