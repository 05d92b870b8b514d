"""What is told to a customer, as data; how it reads is the templates' business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # functions that give no such advice need not load it
    from onboarding.domain.dmarc_advice import DmarcAdvice
    from onboarding.domain.records import Record
    from onboarding.domain.request import Ticket


class LetterKind(StrEnum):
    """One template each; `docs/mails.md` says when each is sent, and to whom."""

    RECORDS = "records"
    CORRECTION = "correction"
    REMINDER = "reminder"
    LAST_NOTICE = "last_notice"
    WAITING_FOR_SES = "waiting_for_ses"
    VERIFIED = "verified"
    EXPIRED = "expired"
    AT_RISK = "at_risk"
    LOST = "lost"
    RECOVERED = "recovered"
    DNS_MOVED = "dns_moved"
    APPROVAL_REQUESTED = "approval_requested"
    ADDRESS_LINK = "address_link"
    ADDRESS_REMINDER = "address_reminder"
    ADDRESS_LAST_NOTICE = "address_last_notice"
    ADDRESS_VERIFIED = "address_verified"
    ADDRESS_EXPIRED = "address_expired"
    DOCUMENT = "document"
    DOCUMENT_REMINDER = "document_reminder"
    DOCUMENT_EXPIRED = "document_expired"
    DOCUMENT_REVOKED = "document_revoked"
    FEEDBACK_WARNING = "feedback_warning"


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail to one recipient.

    ``key`` names the occasion within the request (``records``, ``correction-1a2b``): at most one
    letter goes out for it. ``domain`` is what it is about: a domain or, in the letters about one, a
    sender address. ``page`` is the URL of the domain's own page, for whoever edits the DNS; without
    one, nothing is said of it.

    ``records`` are all that the domain needs; ``report`` is the last check in the shape of ``xes
    check --json``, by which the letter knows the DNS host and what is there already. ``problems``
    pairs a record of the report with the problem to cure; ``missing`` are the records that were
    found nowhere. ``zone_problems`` are to be cured before any record can be seen; ``beside`` holds
    up nothing. ``zone`` is the zone's cut where there is no report, None where it is not known.

    ``expires_at`` is when what the letter asks for is no longer waited for (in one about a domain
    at risk: when it counts as lost, if that is known). ``link`` is where the responsibility
    document for ``mail_from`` (``bounce.example.com``) is signed. Of a domain that was verified:
    ``since`` when something is wrong and, where its zone moved, the name servers before and now.
    ``dmarc`` is the way to a strict policy, ``unauthorised`` the names at which other organisations
    have to publish that they take the DMARC reports. ``decision`` and ``price`` say what a person
    decides, and what it costs. ``notes`` are further sentences. ``stop`` is where the recipient
    stops e-mails about ``domain``.
    """

    kind: LetterKind
    key: str
    recipient: str
    domain: str
    ticket: Ticket
    request_id: str
    records: tuple[Record, ...] = ()
    problems: tuple[dict[str, Any], ...] = ()
    zone_problems: tuple[dict[str, Any], ...] = ()
    missing: tuple[Record, ...] = ()
    beside: tuple[dict[str, Any], ...] = ()
    zone: str | None = None
    expires_at: datetime | None = None
    status_url: str | None = None
    link: str | None = None
    mail_from: str | None = None
    notes: tuple[str, ...] = ()
    page: str | None = None
    since: datetime | None = None
    nameservers_before: tuple[str, ...] = ()
    nameservers_now: tuple[str, ...] = ()
    report: Mapping[str, Any] | None = None
    dmarc: DmarcAdvice | None = None
    unauthorised: tuple[str, ...] = ()
    decision: str | None = None
    price: str | None = None
    stop: str | None = None
