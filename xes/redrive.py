"""Dead comments, sent again: each is taken up in the table, queued, and then taken off the dead."""

import json
from typing import Any

from onboarding.adapters.aws import client
from onboarding.bootstrap import Bootstrap
from onboarding.domain.request import Ticket

EMPTY = 3
"""Answers without a message in a row until the queue counts as empty: SQS asks few of its hosts."""


def redrive_comments(app: Bootstrap) -> list[dict[str, Any]]:
    """What was sent again. Safe to stop and repeat: a message is deleted last."""
    sqs = client("sqs")
    moved: list[dict[str, Any]] = []
    empty = 0
    while empty < EMPTY:
        answer = sqs.receive_message(
            QueueUrl=app.settings.comment_failures_url, MaxNumberOfMessages=10
        )
        empty = 0 if answer.get("Messages") else empty + 1
        for message in answer.get("Messages", []):
            found = json.loads(message["Body"])
            ticket = Ticket(found["source"], found["ticket_id"])
            app.desks.reopen_comment(ticket, found["key"])
            app.comment_queue.put(ticket, found["key"], again=message["MessageId"])
            sqs.delete_message(
                QueueUrl=app.settings.comment_failures_url,
                ReceiptHandle=message["ReceiptHandle"],
            )
            moved.append({"ticket": str(ticket), "key": found["key"], "why": found.get("why", "")})
    return moved
