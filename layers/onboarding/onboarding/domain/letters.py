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
    DOCUMENT = "document"
    DOCUMENT_REMINDER = "document_reminder"
    DOCUMENT_EXPIRED = "document_expired"
    DOCUMENT_REVOKED = "document_revoked"


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail to one recipient.

    ``key`` names the occasion within the request (``records``, ``correction-1a2b``): at most one
    letter goes out for it. ``records`` are those the letter shows; ``problems`` pairs a record
    report with the problem to cure, in the shape of ``xes check --json``. ``link`` is where the
    responsibility document for ``mail_from`` (``bounce.example.com``) is signed.
    """

    kind: LetterKind
    key: str
    recipient: str
    domain: str
    ticket: Ticket
    request_id: str
    records: tuple[Record, ...] = ()
    problems: tuple[dict[str, Any], ...] = ()
    missing: tuple[Record, ...] = ()
    zone: str | None = None
    expires_at: datetime | None = None
    status_url: str | None = None
    link: str | None = None
    mail_from: str | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)
