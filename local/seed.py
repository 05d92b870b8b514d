"""What the local world starts with: two organisations on the basic plan, and three accounts."""

from typing import Any

from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.domain.onboarding import Account, AccountKind, Organisation

PACK_PRICE = {"domain_pack": {"price": {"amount": 100, "currency": "USD", "period": "year"}}}
"""The operator agrees it separately; here it has one, so that there is something to see."""

ORGANISATIONS = (
    Organisation("acme", override=PACK_PRICE),
    Organisation("globex", override=PACK_PRICE),
)
ACCOUNTS = (
    Account("acme", "acme", "dns@acme.example"),
    Account("acme-eu", "acme", "dns@acme.example", kind=AccountKind.ADDITIONAL),
    Account("globex", "globex", "hostmaster@globex.example"),
)


def seed_accounts(dynamodb: Any, table: str) -> None:
    store = DynamoDbStore(dynamodb, table)
    for organisation in ORGANISATIONS:
        store.put_organisation(organisation)
    for account in ACCOUNTS:
        store.put_account(account)
