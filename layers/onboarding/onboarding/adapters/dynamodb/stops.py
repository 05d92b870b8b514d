"""Who has stopped mails about a domain or an address, beside its claim in the same table.

| pk | sk | what |
|---|---|---|
| its domain's or address's | ``STOPPED#hash of the recipient`` | when, by the link in which mail |
"""

from datetime import datetime

from onboarding.adapters.dynamodb.table import Item, Table, item_key, partition_of
from onboarding.domain.stopping import Stop


class DynamoDbStops(Table):
    """Implements ``Stops``."""

    def stop_mails(self, subject: str, recipient: str, stop: Stop) -> Stop:
        item = {
            **_key(subject, recipient),
            "stopped_at": {"S": stop.at.isoformat()},
            "mail": {"S": stop.mail},
            "request_id": {"S": stop.request_id},
        }
        try:
            self._client.put_item(
                TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            # Allowed again by somebody in between: then this one is as good as never asked for.
            return self.stop_of(subject, recipient) or stop
        return stop

    def stop_of(self, subject: str, recipient: str) -> Stop | None:
        item = self._get(_key(subject, recipient))
        return None if item is None else _stop(item)

    def allow_mails(self, subject: str, recipient: str, stop: Stop) -> None:
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=_key(subject, recipient),
                ConditionExpression="stopped_at = :at",
                ExpressionAttributeValues={":at": {"S": stop.at.isoformat()}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return


def _key(subject: str, recipient: str) -> Item:
    return item_key(partition_of(subject), f"STOPPED#{recipient}")


def _stop(item: Item) -> Stop:
    return Stop(
        at=datetime.fromisoformat(item["stopped_at"]["S"]),
        mail=item["mail"]["S"],
        request_id=item["request_id"]["S"],
    )
