"""The queue that feedback comes by, for messages that have to wait."""

from datetime import timedelta
from math import ceil
from typing import Any


class SqsFeedbackQueue:
    """Implements ``FeedbackQueue``. ``rate``: how much faster our clock runs than the queue's."""

    def __init__(self, client: Any, url: str, rate: float) -> None:
        self._client = client
        self._url = url
        self._rate = rate

    def postpone(self, receipt: str, by: timedelta) -> None:
        self._client.change_message_visibility(
            QueueUrl=self._url,
            ReceiptHandle=receipt,
            VisibilityTimeout=ceil(by.total_seconds() / self._rate),
        )
