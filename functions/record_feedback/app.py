"""From the feedback queue: record bounces and complaints, a batch at a time."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import logger, metrics
from onboarding.usecases.record_feedback import FeedbackMessage, record_feedback

app = Bootstrap()
app.record_in_bulk()
flags, histories = app.flags, app.sender_histories
# Most starts are over before the first address is hashed; few batches have to wait.
key, queue = app.later("recipient_key"), app.later("feedback_queue")
topics = frozenset(app.feedback_topic.split(","))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    done = record_feedback(
        [_message(record) for record in event["Records"]],
        topics=topics,
        histories=histories,
        flags=flags,
        key=key,
        queue=queue,
        clock=app.clock,
    )
    for message_id, why in done.poison.items():
        # The queue's own id: the message names recipients.
        logger.error("poison", extra={"sqs_message_id": message_id, "why": why})
    metrics("feedback", done.counts)
    return {"batchItemFailures": [{"itemIdentifier": again} for again in done.again]}


def _message(record: dict[str, Any]) -> FeedbackMessage:
    sent = float(record["attributes"]["SentTimestamp"]) / 1000
    return FeedbackMessage(
        record["messageId"], record["body"], record["receiptHandle"], app.clock.at(sent)
    )
