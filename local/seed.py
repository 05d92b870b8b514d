"""What the local world starts with: two organisations on the basic plan, three accounts, and at SES
what the template makes there."""

from typing import Any

from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.domain.onboarding import Account, AccountKind, Organisation
from onboarding.domain.provisioning import FEEDBACK_DESTINATION, FEEDBACK_TYPES

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


def share_feedback_set(sesv2: Any, name: str, topic: str) -> None:
    """The configuration set of the template, with its event destination."""
    sesv2.create_configuration_set(ConfigurationSetName=name)
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName=FEEDBACK_DESTINATION,
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": list(FEEDBACK_TYPES),
            "SnsDestination": {"TopicArn": topic},
        },
    )
