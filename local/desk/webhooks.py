"""The calls that each vendor's triggers send, with the payloads that docs/ tells administrators to
set up, and signed as each vendor signs."""

import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from local.desk.api import iso
from local.desk.jira import FIELD_IDS, issue
from local.desk.tickets import LocalTicket
from onboarding.adapters.tickets.freshdesk import HEADER
from onboarding.adapters.tickets.jira import sign as sign_for_jira
from onboarding.adapters.tickets.zendesk import sign as sign_for_zendesk

REQUESTED: Final = "domain.onboarding.requested"

Call = tuple[bytes, dict[str, str]]


def call_about(
    ticket: LocalTicket,
    kind: str,
    secret: str,
    *,
    by: str = "Grace Agent",
    changed: tuple[str, ...] = (),
    now: datetime | None = None,
) -> Call:
    """The body and headers that the ticket's vendor sends; ``kind`` is our event, ``changed`` the
    fields that an update changed (none: the ticket is new)."""
    now = now or datetime.now(UTC)
    make = {"zendesk": _zendesk, "freshdesk": _freshdesk, "jira": _jira}[ticket.source]
    body, headers = make(ticket, kind, secret, by, changed, now)
    return body, {"Content-Type": "application/json", **headers}


def _zendesk(
    ticket: LocalTicket, kind: str, secret: str, by: str, changed: tuple[str, ...], now: datetime
) -> Call:
    """The template in docs/zendesk.md, filled in: absent fields are empty texts."""
    names = (
        "account", "domain", "address", "methods", "contact_email", "dmarc_policy",
        "dmarc_percent", "mail_from",
    )  # fmt: skip
    fields = {**ticket.fields, "contact_email": ticket.fields.get("dns_contact", "")}
    payload = {
        "type": kind,
        "occurred_at": iso(ticket.updated_at),
        "by": by,
        "ticket": {
            "id": ticket.ticket_id,
            **{name: str(fields.get(name, "")) for name in names},
            "text": ticket.text,
        },
    }
    body = json.dumps(payload).encode()
    return body, {
        "X-Zendesk-Webhook-Signature": sign_for_zendesk(secret, iso(now), body),
        "X-Zendesk-Webhook-Signature-Timestamp": iso(now),
        "X-Zendesk-Webhook-Id": "01F1KRFQ6BG29CNWFR60NK5FNY",
        "X-Zendesk-Webhook-Invocation-Id": uuid4().hex,
    }


def _freshdesk(
    ticket: LocalTicket, kind: str, secret: str, by: str, changed: tuple[str, ...], now: datetime
) -> Call:
    return json.dumps({"type": kind, "ticket_id": ticket.ticket_id}).encode(), {HEADER: secret}


def _jira(
    ticket: LocalTicket, kind: str, secret: str, by: str, changed: tuple[str, ...], now: datetime
) -> Call:
    payload: dict[str, Any] = {
        "timestamp": int(now.timestamp() * 1000),
        "webhookEvent": "jira:issue_updated" if changed else "jira:issue_created",
        "user": {"displayName": by},
        "issue": issue(ticket),
    }
    files = [{"filename": name} for name, _ in ticket.attachments]
    payload["issue"]["fields"]["attachment"] = files
    if changed:
        items = [{"fieldId": FIELD_IDS[name]} for name in changed if name in FIELD_IDS]
        payload["changelog"] = {"items": items}
    body = json.dumps(payload).encode()
    return body, {
        "X-Hub-Signature": sign_for_jira(secret, body),
        "X-Atlassian-Webhook-Identifier": uuid4().hex,
    }
