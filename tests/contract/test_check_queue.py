"""The port ``CheckQueue``: in memory, and on SQS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from onboarding.adapters.check_queue import IN_A_MESSAGE, SqsCheckQueue
from onboarding.adapters.memory_watches import MemoryCheckQueue
from onboarding.domain.watch import Due, due_from_text
from onboarding.ports import CheckQueue
from tests.support.aws_doubles import emulated
from tests.support.values import NOW


@dataclass
class Subject:
    """The port, and what came out at the other end."""

    queue: CheckQueue
    received: Callable[[], list[Due]]


@pytest.fixture(params=["memory", "sqs"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        memory = MemoryCheckQueue()
        return Subject(memory, lambda: memory.sent)
    client = request.getfixturevalue("sqs")
    url = client.create_queue(QueueName=request.node.name[:60].replace("[", "-").rstrip("]"))
    where = url["QueueUrl"]

    def received() -> list[Due]:
        found: list[Due] = []
        while messages := client.receive_message(QueueUrl=where).get("Messages"):
            for message in messages:
                found += due_from_text(message["Body"])
        return found

    return Subject(SqsCheckQueue(client, where), received)


@pytest.fixture(scope="module")
def sqs() -> Iterator[Any]:
    with emulated("sqs") as client:
        yield client


@pytest.mark.parametrize("count", [0, 1, IN_A_MESSAGE, 2 * IN_A_MESSAGE + 1])
def test_what_is_sent_is_received_each_once(subject: Subject, count: int) -> None:
    due = [Due(f"d{n}.example", NOW + timedelta(seconds=n)) for n in range(count)]
    assert subject.queue.send(iter(due)) == count
    assert sorted(subject.received(), key=lambda d: d.at) == due
