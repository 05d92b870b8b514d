"""Freshdesk: webhooks of automation rules, and the API v2.

Freshdesk signs nothing. A call has a header of our own with a secret, and says no more than which
ticket and what about; everything else is read from Freshdesk's own API, so that whoever learns the
secret can make us look at a ticket, and not make us believe anything about it.
Writing: developers.freshdesk.com/api: notes and replies are calls of their own.
"""

from __future__ import annotations

import hmac
import re
from calendar import timegm
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from onboarding.adapters.tickets._http import Api, Credentials, quoted
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
from onboarding.domain.ticket_fields import Decision, SourceSettings, at
from onboarding.domain.ticket_standing import TicketStanding
from onboarding.port_errors import DeskRefused, NotAuthentic

if TYPE_CHECKING:
    from onboarding.adapters.tickets import Needs
    from onboarding.ports import TicketDesk

NAME: Final = "freshdesk"
HEADER: Final = "x-xes-secret"
TOLERANCE: Final = 2 * 3600
"""Seconds since the ticket's last change: Freshdesk repeats a failed call after 5, 35 and 95
minutes. A call for a ticket that nobody has touched for longer is an old one sent again."""
AHEAD: Final = 300

DEFAULTS: Final = {
    "ticket_id": "id",
    "domain": "custom_fields.cf_domain",
    "address": "custom_fields.cf_address",
    "methods": "custom_fields.cf_methods",
    "contact_email": "custom_fields.cf_dns_contact",
    "mail_from": "custom_fields.cf_mail_from",
    "dmarc.policy": "custom_fields.cf_dmarc_policy",
    "dmarc.percent": "custom_fields.cf_dmarc_percent",
    "dmarc.report_to": "custom_fields.cf_dmarc_reports",
    "by": "custom_fields.cf_approved_by",
    "note": "custom_fields.cf_approval_note",
}
"""Of a ticket as Freshdesk's API gives it, with the fields of docs/freshdesk.md."""
TEXTS: Final = ("subject", "description_text")
REQUESTED: Final = "domain.onboarding.requested"
EVENT: Final = "custom_fields.cf_event"
"""Which of our events the ticket asks for, where it is not the usual one."""
DECISION: Final = Decision("custom_fields.cf_approval")

STATUSES: Final = {
    TicketStanding.NEEDS_INPUT: "2",
    TicketStanding.NEEDS_APPROVAL: "2",
    TicketStanding.AWAITING_DOCUMENT: "3",
    TicketStanding.AWAITING_DNS: "3",
    TicketStanding.AWAITING_LINK: "3",
    TicketStanding.DNS_WRONG: "3",
    TicketStanding.VERIFIED: "4",
    TicketStanding.AT_RISK: "2",
    TicketStanding.LOST: "2",
    TicketStanding.REJECTED: "2",
    TicketStanding.EXPIRED: "2",
    TicketStanding.FAILED: "2",
}
"""2 open, 3 pending, 4 resolved."""

_TICKET_ID: Final = re.compile(r"[0-9]{1,18}\Z", re.ASCII)
_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})Z\Z", re.ASCII)


def source(needs: Needs) -> Freshdesk:
    return Freshdesk(needs, Settings(NAME, DEFAULTS, TEXTS, needs))


def desk(needs: Needs) -> TicketDesk:
    from onboarding.adapters.tickets._freshdesk_desk import FreshdeskDesk

    return FreshdeskDesk(needs, Settings(NAME, DEFAULTS, TEXTS, needs))


def api(needs: Needs, settings: Settings) -> Api:
    secrets = needs.api_secrets()
    return Api(
        lambda: settings.get().base_url,
        lambda fresh: credentials(secrets.of(NAME, fresh)),
        needs.pool,
        needs.real_time,
    )


def credentials(given: Any) -> Credentials:
    """``{"api_key"}``, with any password; or ``{"oauth_token"}``."""
    if "oauth_token" in given:
        return Credentials(given["oauth_token"])
    return Credentials("", given["api_key"], "X")


class Freshdesk:
    """Implements ``TicketSource``. A Freshdesk that does not answer is a fault: the call is
    answered with 500, and Freshdesk repeats it."""

    name = NAME

    def __init__(self, needs: Needs, settings: Settings) -> None:
        self._needs = needs
        self._settings = settings
        self._api = api(needs, settings)

    def receive(self, headers: Mapping[str, str], body: bytes) -> Arrived:
        with_any(self._needs.secrets, NAME, lambda keys: verify(headers, keys))
        payload = payload_of(body)
        kind, ticket_id = payload.get("type"), str(payload.get("ticket_id", ""))
        if not isinstance(kind, str) or not _TICKET_ID.match(ticket_id):
            raise NotAuthentic("the call names no ticket of Freshdesk's")
        ticket = self._read(ticket_id)
        self._is_current(ticket)
        settings = self._settings.get()
        if not _is_borne_out(kind, ticket, settings):
            raise NotAuthentic("the ticket does not bear out what the call says of it")
        signed = [kind, ticket_id, str(ticket["updated_at"])]
        if kind == PING:
            signed.append(body.decode(errors="replace"))  # each ping is one of its own
        delivery_id = delivery_of(*(part.encode() for part in signed))
        return Arrived(delivery_id, as_event(kind, settings.data(ticket)), settings.text(ticket))

    def _read(self, ticket_id: str) -> dict[str, Any]:
        try:
            ticket: dict[str, Any] = self._api.get(f"/api/v2/tickets/{quoted(ticket_id)}")
        except DeskRefused as error:
            raise NotAuthentic("Freshdesk has no such ticket") from error
        return ticket

    def _is_current(self, ticket: Mapping[str, Any]) -> None:
        match = _TIME.match(str(ticket.get("updated_at", "")))
        if match is None:
            raise NotAuthentic("Freshdesk does not say when the ticket was changed")
        changed = timegm(datetime.fromisoformat(match[1]).timetuple())
        if not -AHEAD <= self._needs.real_time() - changed <= TOLERANCE:
            raise NotAuthentic("the ticket has not been changed for too long")


def _is_borne_out(kind: str, ticket: Mapping[str, Any], settings: SourceSettings) -> bool:
    """Whether Freshdesk's own ticket says what the call does."""
    if kind == PING:
        return True
    decision = settings.decision or DECISION
    if kind.startswith("approval."):
        return decision.status(at(ticket, decision.field)) == kind
    return (at(ticket, EVENT) or REQUESTED) == kind


def verify(headers: Mapping[str, str], keys: Iterable[bytes]) -> None:
    """Raises ``NotAuthentic``."""
    given = headers.get(HEADER, "").encode(errors="surrogatepass")
    matches = [hmac.compare_digest(key, given) for key in keys]
    if not any(matches):
        raise NotAuthentic("the secret is missing or another one")


def ping(secret: str, ticket_id: str, now: float) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a call that asks for a sign of life in ``ticket_id``."""
    return as_body(PING, {"ticket_id": ticket_id, "occurred_at": now}), {HEADER: secret}
