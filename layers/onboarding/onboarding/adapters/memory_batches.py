"""In-memory doubles of the ports for many domains at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onboarding.domain.batch import Batch, Line
    from onboarding.domain.onboarding import SendingDomain


@dataclass
class MemoryBatches:
    """Implements ``BatchStore``, over the domains of another store."""

    known: Mapping[str, SendingDomain] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    kept: dict[tuple[str, int], Line] = field(default_factory=dict)

    def keep_batch(self, batch: Batch) -> bool:
        return self.batches.setdefault(batch.batch_id, batch) is batch

    def batch(self, batch_id: str) -> Batch | None:
        return self.batches.get(batch_id)

    def save_batch(self, batch: Batch) -> None:
        self.batches[batch.batch_id] = batch

    def put_lines(self, batch_id: str, lines: Sequence[Line], at: datetime) -> None:
        self.kept |= {(batch_id, line.number): line for line in lines}

    def line(self, batch_id: str, number: int) -> Line | None:
        return self.kept.get((batch_id, number))

    def end_line(self, batch_id: str, line: Line) -> None:
        found = self.kept.get((batch_id, line.number))
        if found is not None and found.outcome is None:
            self.kept[batch_id, line.number] = line

    def lines(self, batch_id: str) -> Iterator[Line]:
        yield from [line for (batch, _), line in sorted(self.kept.items()) if batch == batch_id]

    def domains_named(self, names: Sequence[str]) -> Mapping[str, SendingDomain]:
        return {name: self.known[name] for name in names if name in self.known}


@dataclass
class MemoryFiles:
    """Implements ``BatchFiles``."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, content: bytes) -> None:
        self.kept[key] = content

    def get(self, key: str) -> bytes | None:
        return self.kept.get(key)


@dataclass
class MemoryBatchWorkflows:
    """Implements ``BatchWorkflows``."""

    started: list[str] = field(default_factory=list)

    def start_batch(self, batch_id: str) -> bool:
        if batch_id in self.started:
            return False
        self.started.append(batch_id)
        return True
