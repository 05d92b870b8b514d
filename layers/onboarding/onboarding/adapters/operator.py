"""SNS as the port ``Operator``."""

from typing import Any


class SnsOperator:
    """Publishes to the operator's topic."""

    def __init__(self, client: Any, topic_arn: str) -> None:
        self._client = client
        self._topic = topic_arn

    def tell(self, subject: str, text: str) -> None:
        self._client.publish(TopicArn=self._topic, Subject=subject, Message=text)
