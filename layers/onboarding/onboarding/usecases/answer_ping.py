"""A ticket system's sign of life: one note in its ticket, which proves both directions."""

from typing import Any

from onboarding.contracts import PingData
from onboarding.domain.request import Ticket
from onboarding.ports import Clock, Delivery, Tickets


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
