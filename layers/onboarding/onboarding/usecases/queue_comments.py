"""Put the comments that were written into the lines of their tickets, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.request import Ticket

if TYPE_CHECKING:
    from onboarding.ports import CommentQueue

WITHOUT_DESK: Final = frozenset({"standard", "cli", "batch"})
"""Sources that nothing is written back to: they listen on the event bus."""

PREFIX: Final = "COMMENT#"


def queue_comments(written: Iterable[tuple[str, dict[str, Any]]], *, queue: CommentQueue) -> int:
    """Queue each ``(sort key, body)``; how many there were.

    The stream comes at least once and in order per ticket. A comment that is queued twice is
    delivered once: its claim sees to it.
    """
    queued = 0
    for sort_key, body in written:
        ticket = Ticket(**body["ticket"])
        if ticket.source not in WITHOUT_DESK:
            queue.put(ticket, sort_key.removeprefix(PREFIX))
            queued += 1
    return queued
