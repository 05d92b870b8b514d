"""The port ``CommentQueue`` on an SQS FIFO queue: a ticket is a message group."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket

LONGEST: Final = 12 * 3600 - 60
"""Seconds: SQS lets a message be invisible for 12 hours from when it was received."""


class SqsCommentQueue:
    """Implements ``CommentQueue``; ``failures_url`` is the queue of dead letters."""

    def __init__(self, client: Any, queue_url: str, failures_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._failures_url = failures_url

    def put(self, ticket: Ticket, key: str, *, again: str = "") -> None:
        self._send(self._queue_url, ticket, key, again)

    def postpone(self, receipt: str, seconds: float) -> None:
        self._client.change_message_visibility(
            QueueUrl=self._queue_url,
            ReceiptHandle=receipt,
            VisibilityTimeout=max(1, min(int(seconds + 0.999), LONGEST)),
        )

    def give_up(self, ticket: Ticket, key: str, why: str) -> None:
        self._send(self._failures_url, ticket, key, why=why)

    def _send(self, url: str, ticket: Ticket, key: str, again: str = "", **more: str) -> None:
        message = {"source": ticket.source, "ticket_id": ticket.ticket_id, "key": key, **more}
        self._client.send_message(
            QueueUrl=url,
            MessageBody=json.dumps(message),
            MessageGroupId=_digest(str(ticket)),
            # The stream may bring a comment twice; beyond SQS's five minutes the claim sees to it.
            MessageDeduplicationId=_digest(f"{ticket}#{key}#{again}"),
        )


def _digest(text: str) -> str:
    """SQS takes fewer characters in ids than tickets may have."""
    return hashlib.sha256(text.encode()).hexdigest()
