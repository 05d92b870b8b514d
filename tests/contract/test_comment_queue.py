"""The port ``CommentQueue`` on SQS, and how dead comments are sent again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from onboarding.adapters.comment_queue import SqsCommentQueue
from onboarding.adapters.memory_desks import MemoryDesks
from onboarding.domain.request import Ticket
from tests.support.aws_doubles import emulated
from tests.support.values import NOW
from xes.redrive import redrive_comments

ONE, OTHER = Ticket("zendesk", "101"), Ticket("jira", "SUP-7")


@dataclass
class Queues:
    """Both queues, and the port over them."""

    sqs: Any
    url: str
    failures: str

    @property
    def queue(self) -> SqsCommentQueue:
        return SqsCommentQueue(self.sqs, self.url, self.failures)

    def received(self, url: str | None = None) -> list[tuple[str, str, str]]:
        """Source and key of the messages that are visible, with their receipts."""
        answer = self.sqs.receive_message(QueueUrl=url or self.url, MaxNumberOfMessages=10)
        found = [(json.loads(m["Body"]), m["ReceiptHandle"]) for m in answer.get("Messages", [])]
        return [(body["source"], body["key"], receipt) for body, receipt in found]


@pytest.fixture
def queues() -> Iterator[Queues]:
    with emulated("sqs") as sqs:
        urls = [
            sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
            for name in ("outbox", "failures")
        ]
        yield Queues(sqs, *urls)


def test_each_ticket_is_a_line_of_its_own_and_a_repeat_is_queued_once(queues: Queues) -> None:
    for key in ("a", "b", "a"):
        queues.queue.put(ONE, key)
    queues.queue.put(OTHER, "a")
    found = [(source, key) for source, key, _ in queues.received()]
    assert sorted(found) == [("jira", "a"), ("zendesk", "a"), ("zendesk", "b")]
    assert [key for source, key in found if source == "zendesk"] == ["a", "b"]


def test_a_postponed_comment_holds_up_its_own_ticket_alone(queues: Queues) -> None:
    queues.queue.put(ONE, "a")
    [(_, _, receipt)] = queues.received()
    queues.queue.postpone(receipt, 900.0)
    queues.queue.put(ONE, "b")
    queues.queue.put(OTHER, "a")
    assert [source for source, _, _ in queues.received()] == ["jira"]


def test_a_wait_beyond_what_sqs_allows_is_cut(queues: Queues) -> None:
    queues.queue.put(ONE, "a")
    [(_, _, receipt)] = queues.received()
    queues.queue.postpone(receipt, 10**6)
    queues.queue.postpone(receipt, 0.0)


def test_dead_comments_are_sent_again_each_in_its_line(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks = MemoryDesks()
    for key in ("a", "b"):
        desks.keep(ONE, key, "text")
        desks.claim_comment(ONE, key, NOW, NOW)
        desks.refuse_comment(ONE, key, "HTTP 404", NOW)
        queues.queue.put(ONE, key)
        queues.queue.give_up(ONE, key, "HTTP 404")
    for _, _, receipt in queues.received():
        queues.sqs.delete_message(QueueUrl=queues.url, ReceiptHandle=receipt)
    monkeypatch.setattr("xes.redrive.client", lambda service: queues.sqs)
    settings = SimpleNamespace(comment_failures_url=queues.failures)
    app: Any = SimpleNamespace(settings=settings, desks=desks, comment_queue=queues.queue)
    moved = redrive_comments(app)
    assert [(each["ticket"], each["key"], each["why"]) for each in moved] == [
        ("zendesk/101", "a", "HTTP 404"),
        ("zendesk/101", "b", "HTTP 404"),
    ]
    assert [key for _, key, _ in queues.received()] == ["a", "b"]
    assert [desks.comment_delivery(ONE, key)[0] for key in ("a", "b")] == ["waiting", "waiting"]
    assert redrive_comments(app) == []
