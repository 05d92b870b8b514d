"""The port ``FeedbackQueue`` on emulated SQS: ten messages a call, each call for itself."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from onboarding.adapters.feedback_queue import SqsFeedbackQueue
from tests.support.aws_doubles import emulated

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def sqs() -> Iterator[Any]:
    with emulated("sqs") as client:
        yield client


@pytest.fixture
def url(sqs: Any) -> Iterator[str]:
    attributes = {"VisibilityTimeout": "180"}
    made: str = sqs.create_queue(QueueName="feedback", Attributes=attributes)["QueueUrl"]
    yield made
    sqs.delete_queue(QueueUrl=made)


def received(sqs: Any, url: str, count: int) -> list[str]:
    receipts: list[str] = []
    for _ in range(count):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        receipts += [message["ReceiptHandle"] for message in answer.get("Messages", [])]
    return receipts


def held(sqs: Any, url: str, count: int) -> list[str]:
    """Receipts of so many messages that a consumer has."""
    for number in range(count):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    receipts = received(sqs, url, count)
    assert len(receipts) == count
    return receipts


def test_more_messages_than_one_call_takes_come_again_when_they_are_told_to(
    sqs: Any, url: str
) -> None:
    receipts = held(sqs, url, 23)
    waits = {receipt: timedelta(0) for receipt in receipts[:12]}
    waits |= dict.fromkeys(receipts[12:], MINUTE)
    assert SqsFeedbackQueue(sqs, url, 1).postpone(waits) == set()
    assert len(received(sqs, url, 12)) == 12


def test_a_queue_whose_clock_is_slower_is_told_its_own_time(sqs: Any, url: str) -> None:
    seen = []

    class Listening:
        def change_message_visibility_batch(self, **arguments: Any) -> Any:
            seen.extend(entry["VisibilityTimeout"] for entry in arguments["Entries"])
            return {"Successful": []}

    SqsFeedbackQueue(Listening(), url, 600).postpone({"a": 4 * MINUTE, "b": timedelta(seconds=601)})
    assert seen == [1, 2]


def test_a_receipt_that_sqs_does_not_take_is_named_and_holds_up_no_other(
    sqs: Any, url: str
) -> None:
    [receipt] = held(sqs, url, 1)
    waits = {"made up": timedelta(0), receipt: timedelta(0)}
    assert SqsFeedbackQueue(sqs, url, 1).postpone(waits) == {"made up"}
    assert len(received(sqs, url, 1)) == 1


def test_a_call_that_fails_is_named_and_the_next_is_made_all_the_same(url: str) -> None:
    calls = []

    class Flaky:
        def change_message_visibility_batch(self, **arguments: Any) -> Any:
            calls.append(len(arguments["Entries"]))
            if len(calls) == 1:
                raise EndpointConnectionError(endpoint_url=url)
            return {"Successful": []}

    waits = {f"r{number}": MINUTE for number in range(15)}
    left = SqsFeedbackQueue(Flaky(), url, 1).postpone(waits)
    assert (calls, left) == ([10, 5], {f"r{number}" for number in range(10)})
