"""The peer of ``bench.feedback``: a handler as Powertools' documentation puts one together."""

import hashlib
import os
from collections.abc import Callable
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.parser import BaseModel, parse
from aws_lambda_powertools.utilities.parser.models import SqsRecordModel
from pydantic import ConfigDict, Field, Json

Batch = dict[str, Any]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Recipient(_Model):
    """One recipient that feedback is about."""

    email_address: str = Field(alias="emailAddress")


class Bounce(_Model):
    """The object ``bounce``."""

    type: str = Field(alias="bounceType")
    subtype: str = Field(alias="bounceSubType")
    recipients: list[Recipient] = Field(alias="bouncedRecipients")
    timestamp: str
    feedback_id: str = Field(alias="feedbackId")


class Complaint(_Model):
    """The object ``complaint``."""

    type: str | None = Field(default=None, alias="complaintFeedbackType")
    recipients: list[Recipient] = Field(alias="complainedRecipients")
    timestamp: str
    feedback_id: str = Field(alias="feedbackId")


class Mail(_Model):
    """The object ``mail``."""

    timestamp: str
    source: str
    message_id: str = Field(alias="messageId")


class SesEvent(_Model):
    """An event of SES's event publishing."""

    event_type: str = Field(alias="eventType")
    mail: Mail
    bounce: Bounce | None = None
    complaint: Complaint | None = None


class Record(SqsRecordModel):
    """A message of the queue with an event of SES as its body."""

    body: Json[SesEvent]


def plain(context: Any) -> Callable[[Batch], Any]:
    """A handler that parses each record and puts its item."""
    table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    processor = BatchProcessor(event_type=EventType.SQS)

    def record_handler(record: Any) -> None:
        event: Any = parse(event=record.raw_event, model=Record).body
        feedback = event.bounce or event.complaint
        domain = event.mail.source.rpartition("@")[2]
        for recipient in feedback.recipients:
            digest = hashlib.sha256(recipient.email_address.encode()).hexdigest()
            table.put_item(
                Item={
                    "pk": f"FLAGS#acme#{domain}",
                    "sk": f"FLAG#{feedback.feedback_id}#{digest}",
                    "at": feedback.timestamp,
                    "kind": event.event_type,
                    "type": feedback.type,
                    "feedback_id": feedback.feedback_id,
                    "recipient_hash": digest,
                    "responsible": "provider",
                }
            )

    return lambda batch: process_partial_response(
        event=batch, record_handler=record_handler, processor=processor, context=context
    )
