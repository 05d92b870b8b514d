"""The queue that feedback comes by, for messages that have to wait."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

ENTRIES: Final = 10
"""Of one call of ChangeMessageVisibilityBatch, at most."""


class SqsFeedbackQueue:
    """Implements ``FeedbackQueue``. ``rate``: how much faster our clock runs than the queue's."""

    def __init__(self, client: Any, url: str, rate: float) -> None:
        self._client = client
        self._url = url
        self._rate = rate

    def postpone(self, waiting: Mapping[str, timedelta]) -> set[str]:
        receipts = list(waiting)
        left: set[str] = set()
        for start in range(0, len(receipts), ENTRIES):
            part = receipts[start : start + ENTRIES]
            try:
                left |= self._postpone(part, waiting)
            except (BotoCoreError, ClientError):
                left |= set(part)  # each call for itself
        return left

    def _postpone(self, receipts: Sequence[str], waiting: Mapping[str, timedelta]) -> set[str]:
        answer = self._client.change_message_visibility_batch(
            QueueUrl=self._url,
            Entries=[
                {
                    "Id": str(number),
                    "ReceiptHandle": receipt,
                    "VisibilityTimeout": ceil(waiting[receipt].total_seconds() / self._rate),
                }
                for number, receipt in enumerate(receipts)
            ],
        )
        return {receipts[int(failed["Id"])] for failed in answer.get("Failed", ())}
