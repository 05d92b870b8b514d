"""What is told to a customer, as data; how it reads is the templates' business."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from onboarding.domain.records import Record
from onboarding.domain.request import Ticket


class LetterKind(StrEnum):
    """One template each."""

    RECORDS = "records"
    CORRECTION = "correction"
    REMINDER = "reminder"
    LAST_NOTICE = "last_notice"
    VERIFIED = "verified"
    EXPIRED = "expired"
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
    sender address. ``records`` are those the letter shows; ``problems`` pairs a record report with
    the problem to cure, in the shape of ``xes check --json``. ``zone_problems`` are to be cured
    before any record can be seen; ``beside`` holds up nothing. ``zone`` is the zone's cut, None
    where it is not known. ``link`` is where the responsibility document for
    ``mail_from`` (``bounce.example.com``) is signed.
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
    notes: tuple[str, ...] = field(default_factory=tuple)
