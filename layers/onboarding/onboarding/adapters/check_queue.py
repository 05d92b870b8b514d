"""SQS as the port ``CheckQueue``."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, TypeVar

from onboarding.domain.watch import Due, due_to_text

IN_A_MESSAGE: Final = 50
"""Domains: what fails with one of them is repeated for all, of which most are done by then."""

_MESSAGES: Final = 10
"""In one SendMessageBatch, at most."""

Item = TypeVar("Item")


class QueueRefused(Exception):
    """SQS took a part of the messages only; what it left is called for again by a later poll."""


class SqsCheckQueue:
    """Implements ``CheckQueue``."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, due: Iterable[Due]) -> int:
        count = 0
        for messages in _chunks(_chunks(due, IN_A_MESSAGE), _MESSAGES):
            entries = [
                {"Id": str(number), "MessageBody": due_to_text(batch)}
                for number, batch in enumerate(messages)
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if failed := answer.get("Failed"):
                raise QueueRefused(failed[0].get("Code", ""))
            count += sum(map(len, messages))
        return count


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
