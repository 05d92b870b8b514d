"""What an administrator does once for each vendor: secrets, credentials, settings, the webhook."""

import json
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from secrets import token_bytes, token_urlsafe
from typing import Any

from local.desk.jira import FIELD_IDS
from local.desk.tickets import SOURCES
from onboarding.adapters.dynamodb.desks import DynamoDbDesks

USER = "xes@desk.example"


def new_webhook_secrets() -> dict[str, str]:
    """By source; that of ``standard`` is in the form of Standard Webhooks."""
    standard = f"whsec_{b64encode(token_bytes(32)).decode()}"
    return {"standard": standard, **{source: token_urlsafe(32) for source in SOURCES}}


def new_credentials() -> dict[str, dict[str, str]]:
    """Of the vendors' APIs."""
    return {
        "zendesk": {"email": USER, "token": token_urlsafe(24)},
        "freshdesk": {"api_key": token_urlsafe(24)},
        "jira": {"email": USER, "token": token_urlsafe(24)},
    }


def settings_of(source: str, desk_url: str) -> dict[str, Any]:
    """As docs/ has them, for the fields of the local vendors."""
    base = {"base_url": f"{desk_url}/{source}"}
    if source == "zendesk":
        return {**base, "account_id": {"field": "ticket.account"}}
    if source == "freshdesk":
        return {**base, "account_id": {"field": "custom_fields.cf_account"}}
    at = {name: f"issue.fields.{number}" for name, number in FIELD_IDS.items()}
    return {
        **base,
        "account_id": {"field": at["account"]},
        "fields": {
            "domain": at["domain"],
            "methods": at["methods"],
            "contact_email": at["dns_contact"],
            "mail_from": at["mail_from"],
            "dmarc.policy": at["dmarc_policy"],
        },
        "approval": {"field": at["approval"]},
        "statuses": {
            "awaiting_dns": "Waiting for customer",
            "dns_wrong": "Waiting for customer",
            "needs_approval": "Waiting for support",
            "verified": "Resolved",
        },
    }


def seed_ticket_systems(dynamodb: Any, table: str, desk_url: str) -> None:
    store = DynamoDbDesks(dynamodb, table)
    for source in SOURCES:
        store.put_source_settings(source, settings_of(source, desk_url))


def connect(desk_url: str, api_url: str, secrets: Mapping[str, str]) -> None:
    """Tell the ticket system where its webhooks go."""
    body = json.dumps({"api_url": api_url, "webhook_secrets": dict(secrets)}).encode()
    request = urllib.request.Request(f"{desk_url}/control/connect", body)
    with urllib.request.urlopen(request, timeout=10):
        pass
