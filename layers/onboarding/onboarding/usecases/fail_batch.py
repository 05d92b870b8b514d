"""A fault stopped a list: say so in its ticket, with how far it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onboarding.ports import BatchStore, Clock, Tickets


def fail_batch(
    batch_id: str, *, tickets: Tickets, batches: BatchStore, clock: Clock
) -> dict[str, Any]:
    """``{"batch_id"}``. Lines that were submitted go on by themselves."""
    batch = batches.batch(batch_id)
    if batch is not None:
        ended = sum(1 for line in batches.lines(batch_id) if line.outcome is not None)
        tickets.comment(
            batch.ticket,
            f"batch-failed-{batch_id}",
            f"The list could not be finished because of a fault on our side; {ended} of its lines "
            "are decided, and go on. The operator has been alarmed.",
            clock.now(),
        )
    return {"batch_id": batch_id}
