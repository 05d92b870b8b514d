"""Publishes events to SNS topics of the embedded AWS, as SES does on behalf of an account."""

import asyncio
import json
import logging
from collections.abc import Iterable
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

Json = dict[str, Any]

_TRIES: Final = Config(retries={"mode": "standard", "total_max_attempts": 5})
_log = logging.getLogger(__name__)


class Publisher:
    """``endpoint`` is where SNS is; without one nothing is published.

    Nobody waits for an event: sending goes on while it is on its way, as at SES.
    """

    def __init__(self, endpoint: str | None, region: str) -> None:
        self._endpoint = endpoint
        self._region = region
        self._client: Any = None
        self._under_way: set[asyncio.Task[None]] = set()

    def publish(self, messages: Iterable[tuple[str, Json]]) -> None:
        """Publish each ``(topic, event)``, in the background."""
        listed = list(messages)
        if self._endpoint is None or not listed:
            return
        task = asyncio.get_running_loop().create_task(self._publish(listed))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _publish(self, messages: list[tuple[str, Json]]) -> None:
        for topic, event in messages:
            try:
                await asyncio.to_thread(self._publish_one, topic, json.dumps(event))
            except (BotoCoreError, ClientError):
                _log.exception("SNS did not take an event")

    def _publish_one(self, topic: str, text: str) -> None:
        self._client = self._client or _client(self._endpoint, self._region)
        self._client.publish(TopicArn=topic, Message=text)


def _client(endpoint: str | None, region: str) -> Any:
    return Session().create_client(
        "sns",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the embedded AWS's own
        config=_TRIES,
    )
