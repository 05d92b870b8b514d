"""Jira Service Management: webhooks of Jira's administration, and the service desk API.

Signature: developer.atlassian.com/cloud/jira/platform/webhooks: ``X-Hub-Signature`` (WebSub section
7), ``sha256=`` and an HMAC over the body in hexadecimal. The body has its own ``timestamp`` in
milliseconds. Jira repeats a failed call up to five times, 5 to 15 minutes apart, with the same
body: so a call may be that much older than others, and is known again by its body.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

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
from onboarding.domain.ticket_fields import SourceSettings, at
from onboarding.port_errors import NotAuthentic

if TYPE_CHECKING:
    from onboarding.adapters.tickets import Needs
    from onboarding.domain.ticket_standing import TicketStanding
    from onboarding.ports import TicketDesk

NAME: Final = "jira"
AHEAD: Final = 300
BEHIND: Final = 5 * 15 * 60 + 300
"""Seconds that a call's time may be off; see above."""

DEFAULTS: Final = {
    "ticket_id": "issue.key",
    "by": "user.displayName",
}
"""Custom fields have numbers of their own in every Jira; see docs/jira.md."""
TEXTS: Final = ("issue.fields.summary", "issue.fields.description")

CREATED: Final = "jira:issue_created"
UPDATED: Final = "jira:issue_updated"
REQUESTED: Final = "domain.onboarding.requested"
LIST: Final = "domain.batch.requested"

STATUSES: Final[Mapping[TicketStanding, str]] = {}
"""Workflows differ: statuses are set only where they are configured."""

_SIGNATURE: Final = re.compile(r"sha256=([0-9a-f]{64})\Z", re.ASCII)


def source(needs: Needs) -> Jira:
    return Jira(needs, Settings(NAME, DEFAULTS, TEXTS, needs))


def desk(needs: Needs) -> TicketDesk:
    from onboarding.adapters.tickets._jira_desk import JiraDesk

    return JiraDesk(needs, Settings(NAME, DEFAULTS, TEXTS, needs))


class Jira:
    """Implements ``TicketSource``."""

    name = NAME

    def __init__(self, needs: Needs, settings: Settings) -> None:
        self._needs = needs
        self._settings = settings

    def receive(self, headers: Mapping[str, str], body: bytes) -> Arrived:
        with_any(self._needs.secrets, NAME, lambda keys: verify(headers, body, keys))
        payload = payload_of(body)
        is_current(payload, self._needs.real_time())
        settings = self._settings.get()
        delivery_id = delivery_of(body)
        kind = kind_of(payload, settings)
        if kind is None:
            return Arrived(delivery_id, None)
        return Arrived(delivery_id, as_event(kind, settings.data(payload)), settings.text(payload))


def verify(headers: Mapping[str, str], body: bytes, keys: Iterable[bytes]) -> None:
    """Raises ``NotAuthentic``."""
    match = _SIGNATURE.match(headers.get("x-hub-signature", ""))
    if match is None:
        raise NotAuthentic("the signature is missing or malformed")
    given = bytes.fromhex(match[1])
    matches = [hmac.compare_digest(hmac.digest(key, body, hashlib.sha256), given) for key in keys]
    if not any(matches):
        raise NotAuthentic("no signature matches")


def sign(secret: str, body: bytes) -> str:
    """The header ``X-Hub-Signature``."""
    return f"sha256={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}"


def is_current(payload: Mapping[str, Any], now: float) -> None:
    """Raises ``NotAuthentic``; the time is signed with the rest of the body."""
    at_ms = payload.get("timestamp")
    if isinstance(at_ms, bool) or not isinstance(at_ms, int | float):
        raise NotAuthentic("the body has no timestamp")
    if not -AHEAD <= now - at_ms / 1000 <= BEHIND:
        raise NotAuthentic("the timestamp is outside the tolerance")


def kind_of(payload: Mapping[str, Any], settings: SourceSettings) -> str | None:
    """Which event of ours a call of Jira's is; none where it changes nothing that we read."""
    if payload.get("type") == PING:
        return PING
    name = payload.get("webhookEvent")
    if name == CREATED:
        return wish_of(payload, settings)
    if name != UPDATED:
        return None
    changed = _changed(payload)
    if settings.decision is not None and _last(settings.decision.field) in changed:
        return settings.decision.status(at(payload, settings.decision.field))
    read = {_last(p) for p in settings.fields.values() if p.startswith("issue.fields.")}
    return wish_of(payload, settings) if read & changed else None


def wish_of(payload: Mapping[str, Any], settings: SourceSettings) -> str:
    """The usual event, unless the ticket has a domain of its own or a CSV file instead."""
    if any(at(payload, settings.fields.get(name, "-")) for name in ("domain", "address")):
        return REQUESTED
    files = at(payload, "issue.fields.attachment")
    named = [str(f.get("filename", "")) for f in files or [] if isinstance(f, Mapping)]
    return LIST if any(name.lower().endswith(".csv") for name in named) else REQUESTED


def _changed(payload: Mapping[str, Any]) -> set[str]:
    items = at(payload, "changelog.items")
    if not isinstance(items, list):
        return set()
    return {str(item.get("fieldId")) for item in items if isinstance(item, Mapping)}


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def ping(secret: str, ticket_id: str, now: float) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a call that asks for a sign of life in ``ticket_id``."""
    body = as_body(PING, {"timestamp": int(now * 1000), "issue": {"key": ticket_id}})
    return body, {"X-Hub-Signature": sign(secret, body)}
