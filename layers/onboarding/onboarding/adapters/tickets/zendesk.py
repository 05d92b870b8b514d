"""Zendesk: webhooks of triggers, and the ticketing API.

Signature: developer.zendesk.com/documentation/webhooks/verifying: base64 of an HMAC-SHA256 over the
timestamp and the body, with the secret as it stands; an early edition of that page had them the
other way round. Writing: developer.zendesk.com/api-reference/ticketing/tickets/tickets: comments
are part of an update of the ticket, which ``safe_update`` makes conditional on its ``updated_at``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from calendar import timegm
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from onboarding.adapters.tickets._settings import Settings
from onboarding.adapters.tickets._signed import (
    PING,
    as_body,
    as_event,
    delivery_of,
    payload_of,
    with_any,
)
from onboarding.domain.delivery import Arrived
from onboarding.domain.ticket_standing import TicketStanding
from onboarding.port_errors import NotAuthentic

if TYPE_CHECKING:
    from onboarding.adapters.tickets import Needs
    from onboarding.ports import TicketDesk

NAME: Final = "zendesk"
TOLERANCE: Final = 300
"""Seconds that a timestamp may be off, either way; Zendesk signs each try anew."""

PUBLISHED_SECRET: Final = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105
"""What Zendesk signs the tries of webhooks with that do not exist yet: everybody knows it."""

DEFAULTS: Final = {
    name: f"ticket.{name.replace('.', '_')}"
    for name in (
        "domain", "address", "methods", "contact_email", "mail_from", "approval_id", "note",
        "dmarc.policy", "dmarc.percent", "dmarc.report_to", "service", "quantity",
        "new_account_id", "target_rate",
    )
} | {"ticket_id": "ticket.id", "by": "by"}  # fmt: skip
"""Of the payload in docs/zendesk.md."""
TEXTS: Final = ("ticket.text",)

STATUSES: Final = {
    TicketStanding.NEEDS_INPUT: "open",
    TicketStanding.NEEDS_APPROVAL: "open",
    TicketStanding.AWAITING_DOCUMENT: "pending",
    TicketStanding.AWAITING_DNS: "pending",
    TicketStanding.AWAITING_LINK: "pending",
    TicketStanding.DNS_WRONG: "pending",
    TicketStanding.VERIFIED: "solved",
    TicketStanding.AT_RISK: "open",
    TicketStanding.LOST: "open",
    TicketStanding.REJECTED: "open",
    TicketStanding.EXPIRED: "open",
    TicketStanding.FAILED: "open",
}

_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})Z\Z", re.ASCII)


def source(needs: Needs) -> Zendesk:
    return Zendesk(needs, Settings(NAME, DEFAULTS, TEXTS, needs))


def desk(needs: Needs) -> TicketDesk:
    from onboarding.adapters.tickets._zendesk_desk import ZendeskDesk

    return ZendeskDesk(needs, Settings(NAME, DEFAULTS, TEXTS, needs))


class Zendesk:
    """Implements ``TicketSource``."""

    name = NAME

    def __init__(self, needs: Needs, settings: Settings) -> None:
        self._needs = needs
        self._settings = settings

    def receive(self, headers: Mapping[str, str], body: bytes) -> Arrived:
        now = self._needs.real_time()
        with_any(self._needs.secrets, NAME, lambda keys: self._verify(headers, body, keys, now))
        payload = payload_of(body)
        settings = self._settings.get()
        event = as_event(payload.get("type"), settings.data(payload))
        return Arrived(delivery_of(body), event, settings.text(payload))

    def _verify(
        self, headers: Mapping[str, str], body: bytes, keys: Iterable[bytes], now: float
    ) -> None:
        if not self._needs.is_local:
            keys = [key for key in keys if key != PUBLISHED_SECRET.encode()]
        verify(headers, body, keys, now)


def verify(headers: Mapping[str, str], body: bytes, keys: Iterable[bytes], now: float) -> None:
    """Raises ``NotAuthentic``; ``now`` is in Unix seconds of the real clock."""
    timestamp = headers.get("x-zendesk-webhook-signature-timestamp", "")
    if abs(now - _seconds(timestamp)) > TOLERANCE:
        raise NotAuthentic("the timestamp is outside the tolerance")
    try:
        given = base64.b64decode(headers.get("x-zendesk-webhook-signature", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAuthentic("the signature is malformed") from error
    matches = [hmac.compare_digest(digest(key, timestamp, body), given) for key in keys]
    if not any(matches):
        raise NotAuthentic("no signature matches")


def digest(key: bytes, timestamp: str, body: bytes) -> bytes:
    return hmac.digest(key, timestamp.encode() + body, hashlib.sha256)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The header ``X-Zendesk-Webhook-Signature``."""
    return base64.b64encode(digest(secret.encode(), timestamp, body)).decode()


def _seconds(timestamp: str) -> float:
    match = _TIME.match(timestamp)
    try:
        if match is None:
            raise ValueError
        return float(timegm(datetime.fromisoformat(match[1]).timetuple()))
    except ValueError:
        raise NotAuthentic("the timestamp is missing or malformed") from None


def ping(secret: str, ticket_id: str, now: float) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a call that asks for a sign of life in ``ticket_id``."""
    body = as_body(PING, {"ticket": {"id": ticket_id}, "occurred_at": now})
    timestamp = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return body, {
        "X-Zendesk-Webhook-Signature": sign(secret, timestamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
    }
