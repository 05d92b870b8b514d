"""The journal of effects: what the local services did to the world, one JSON object a line.

Tests judge the system from this file alone, so only effects are written, never reads.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from onboarding.adapters.clock import ScaledClock


class Journal:
    """An append-only JSON-lines file that several processes may share.

    Each line goes out in one `write` on a descriptor opened with O_APPEND, so that lines of
    different writers never mix (POSIX.1-2017, write()).
    """

    def __init__(
        self,
        path: Path,
        clock: ScaledClock | None = None,
        real_time: Callable[[], float] = time.time,
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._clock = clock or ScaledClock.from_environment(os.environ)
        self._real_time = real_time

    def write(self, effect: str, **fields: object) -> None:
        """Append one effect. `at` is simulated, `real_at` real time, both ISO 8601 in UTC."""
        line = {
            "at": self._clock.now().isoformat(),
            "real_at": datetime.fromtimestamp(self._real_time(), UTC).isoformat(),
            "effect": effect,
            **fields,
        }
        data = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        written = os.write(self._descriptor, data)
        if written != len(data):
            raise OSError(f"the journal took {written} of {len(data)} bytes")

    def close(self) -> None:
        """Close the file. Writing afterwards raises OSError."""
        os.close(self._descriptor)


def read_journal(path: Path) -> list[dict[str, object]]:
    """Every effect so far, oldest first; none when nobody has written yet."""
    if not path.exists():
        return []
    # Only complete lines: the last one may be on its way in another process.
    complete, _, _ = path.read_text().rpartition("\n")
    return [json.loads(line) for line in complete.split("\n") if line]
