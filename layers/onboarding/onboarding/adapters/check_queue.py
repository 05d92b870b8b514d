"""SQS as the port ``CheckQueue``."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from onboarding.domain.watch import Due, due_to_text

IN_A_MESSAGE: Final = 250
"""Domains: what fails with one of them is repeated for all, of which most are done by then."""


class SqsCheckQueue:
    """Implements ``CheckQueue``."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, due: Iterable[Due]) -> int:
        count = 0
        for batch in _batches(due):
            self._client.send_message(QueueUrl=self._url, MessageBody=due_to_text(batch))
            count += len(batch)
        return count


def _batches(due: Iterable[Due]) -> Iterator[list[Due]]:
    rest = iter(due)
    while batch := list(islice(rest, IN_A_MESSAGE)):
        yield batch
