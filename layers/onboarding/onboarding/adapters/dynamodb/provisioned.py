"""What accounts have at SES, in the table; apart from the services, for whoever needs only this."""

from dataclasses import replace
from typing import Any

from onboarding.adapters.dynamodb import mapping
from onboarding.adapters.dynamodb.store import DynamoDbStore
from onboarding.adapters.dynamodb.table import Item, body_of, item_key, number, unchanged
from onboarding.domain.provisioning import Provisioned
from onboarding.port_errors import ConcurrentChange

Json = dict[str, Any]


class DynamoDbProvisioned(DynamoDbStore):
    """Implements ``ProvisionedStore``, and with it everything that ``DynamoDbStore`` does."""

    def provisioned(self, account_id: str) -> Provisioned:
        item = self._get(account_key(account_id, "PROVISIONED"))
        if item is None:
            return Provisioned(account_id)
        return _provisioned_from_json(body_of(item), version_of(item))

    def save_provisioned(self, changed: Provisioned) -> Provisioned:
        saved = replace(changed, version=changed.version + 1)
        body = {"S": mapping.dump(_provisioned_to_json(saved))}
        key = account_key(changed.account_id, "PROVISIONED")
        self._replace({**key, "body": body, "version": number(saved.version)}, changed.version)
        return saved

    def _replace(self, item: Item, seen: int) -> None:
        """Write it, provided that the stored version is ``seen``; 0 where nothing was stored."""
        condition, values = unchanged(seen or None)
        optional: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        try:
            self._client.put_item(
                TableName=self._table, Item=item, ConditionExpression=condition, **optional
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise ConcurrentChange(f"{item['pk']['S']} {item['sk']['S']}") from error


def account_key(account_id: str, sort: str) -> Item:
    return item_key(f"ACCOUNT#{account_id}", sort)


def version_of(item: Item) -> int:
    return int(item["version"]["N"])


def _provisioned_to_json(provisioned: Provisioned) -> Json:
    return {
        "account_id": provisioned.account_id,
        "tenant": provisioned.tenant,
        "configuration_set": provisioned.configuration_set,
        "pool": provisioned.pool,
        "dedicated_ips": list(provisioned.dedicated_ips),
        "sending_rate": provisioned.sending_rate,
    }


def _provisioned_from_json(data: Json, version: int) -> Provisioned:
    ips = tuple(data["dedicated_ips"])
    return Provisioned(**{**data, "dedicated_ips": ips}, version=version)
