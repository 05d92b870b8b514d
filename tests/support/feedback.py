"""Events as SES publishes them, to change by keyword."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

TOPIC = "arn:aws:sns:eu-west-1:000000000000:feedback"
SENT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GIVEN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def _mail(domain: str, source: str | None, sent_at: datetime) -> dict[str, Any]:
    return {
        "timestamp": sent_at.isoformat(),
        "source": source or f"news@{domain}",
        "sourceArn": f"arn:aws:ses:eu-west-1:000000000000:identity/{domain}",
        "sendingAccountId": "000000000000",
        "messageId": "0100017-message-000000",
        "destination": ["jane@example.org"],
        "headersTruncated": False,
        "tags": {"ses:configuration-set": ["shared"], "ses:from-domain": [domain]},
    }


def a_bounce(
    feedback_id: str = "0100017-bounce-000000",
    *,
    domain: str = "news.example.com",
    source: str | None = None,
    type_: str | None = "Permanent",
    subtype: str | None = "General",
    recipients: Sequence[str] = ("jane@example.org",),
    sent_at: datetime = SENT,
    at: datetime = GIVEN,
) -> dict[str, Any]:
    """Permanent, of one recipient, sent by ``news.example.com``."""
    return {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": type_,
            "bounceSubType": subtype,
            "bouncedRecipients": [{"emailAddress": address} for address in recipients],
            "timestamp": at.isoformat(),
            "feedbackId": feedback_id,
        },
        "mail": _mail(domain, source, sent_at),
    }


def a_complaint(
    feedback_id: str = "0100017-complaint-000000",
    *,
    domain: str = "news.example.com",
    type_: str | None = "abuse",
    subtype: str | None = None,
    recipients: Sequence[str] = ("jane@example.org",),
    sent_at: datetime = SENT,
    at: datetime = GIVEN,
) -> dict[str, Any]:
    """Of one recipient, with a report that says abuse."""
    complaint: dict[str, Any] = {
        "complainedRecipients": [{"emailAddress": address} for address in recipients],
        "complaintSubType": subtype,
        "timestamp": at.isoformat(),
        "feedbackId": feedback_id,
    }
    if type_ is not None:
        complaint["complaintFeedbackType"] = type_
    return {
        "eventType": "Complaint",
        "complaint": complaint,
        "mail": _mail(domain, None, sent_at),
    }


def wrapped(text: str, topic: str = TOPIC) -> str:
    """In SNS's envelope, as a subscription without raw delivery brings it."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "5b4f2f0e-0000-0000-0000-000000000000",
            "TopicArn": topic,
            "Message": text,
            "Timestamp": "2026-11-23T09:30:00.000Z",
            "SignatureVersion": "1",
        }
    )
