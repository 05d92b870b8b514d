"""What the local world starts with: two organisations and three accounts."""

from typing import Any

from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.domain.onboarding import Account

ACCOUNTS = (
    Account("acme", "acme", "dns@acme.example"),
    Account("acme-eu", "acme", "dns@acme.example"),
    Account("globex", "globex", "hostmaster@globex.example"),
)


def seed_accounts(dynamodb: Any, table: str) -> None:
    store = DynamoDbStore(dynamodb, table)
    for account in ACCOUNTS:
        store.put_account(account)
