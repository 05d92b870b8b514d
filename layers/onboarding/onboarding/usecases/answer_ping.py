"""A ticket system's sign of life: one note in its ticket, which proves both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onboarding.domain.request import Ticket

if TYPE_CHECKING:
    from onboarding.contracts import PingData
    from onboarding.domain.delivery import Delivery
    from onboarding.ports import Clock, Tickets


def answer_ping(
    data: PingData, delivery: Delivery, *, store: Tickets, clock: Clock
) -> dict[str, Any]:
    """``{"pong": key}``, the key of the note; one note for a delivery, however often it comes."""
    key = f"ping-{delivery.delivery_id}"
    store.comment(
        Ticket(delivery.source, data.ticket_id),
        key,
        "The connection to the domain onboarding works: this ticket's call was received, and this "
        "note was written in answer to it.",
        clock.now(),
    )
    return {"pong": key}
