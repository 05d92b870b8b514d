"""A list is done: one report with a line for each of its lines, as a file and in the ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onboarding.domain.batch import as_csv, report_rows, report_text

if TYPE_CHECKING:
    from onboarding.ports import BatchFiles, BatchStore, Clock, Tickets


def report_key(batch_id: str) -> str:
    return f"{batch_id}/report.csv"


def report_batch(
    batch_id: str, *, tickets: Tickets, batches: BatchStore, files: BatchFiles, clock: Clock
) -> dict[str, Any]:
    """``{"lines": n}``; the ticket is told once."""
    batch = batches.batch(batch_id)
    if batch is None:
        raise LookupError(f"no batch {batch_id}")
    rows = report_rows(batches.lines(batch_id))
    files.put(report_key(batch_id), as_csv(rows).encode())
    tickets.comment(batch.ticket, f"batch-{batch_id}", report_text(batch, rows), clock.now())
    return {"lines": len(rows)}
