"""The responsibility document: what a customer signs for a custom MAIL FROM, and its fate."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

PATIENCE: Final = timedelta(days=14)
"""How long a document waits for its signature."""

RECEIPT_PERIOD: Final = timedelta(days=30)
"""How long the link shows the receipt after the signature; the document itself is kept."""

MAX_FILE_OCTETS: Final = 10 * 1024 * 1024
"""What an agent may file: a scan of a few pages."""


class How(StrEnum):
    """The way by which a signature came."""

    PAGE = "page"
    AGENT = "agent"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, as the person wrote it; ``role`` is the one within the customer's organisation."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What is recorded of a signature.

    ``version`` and ``sha256`` name the exact text that was shown; a document that came by way of a
    ticket or an agent has a text that is not ours, so they may be absent. ``address`` and
    ``agent`` are those of the browser. ``by`` is the agent who filed it.
    """

    signer: Signer
    at: datetime
    how: How
    version: str | None = None
    sha256: str | None = None
    address: str | None = None
    agent: str | None = None
    reference: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The signed document as a file: its key in the store of documents, and its SHA-256."""

    key: str
    sha256: str


class DocumentState(StrEnum):
    """Where a document stands."""

    OPEN = "open"
    SIGNED = "signed"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the text of a document is about."""

    reference: str
    domain: str
    mail_from: str
    account_id: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document as it was issued for one request: its exact text, and what became of it.

    ``task_token`` is the workflow's that waits for the signature; ``delivered`` says that the
    outcome has reached it. ``revision`` counts the writes, for optimistic locking.
    """

    facts: Facts
    request_id: str
    version: str
    text: str
    expires_at: datetime
    state: DocumentState = DocumentState.OPEN
    task_token: str | None = None
    signature: Signature | None = None
    file: StoredFile | None = None
    reminded: frozenset[str] = frozenset()
    delivered: bool = False
    revision: int = 0

    @property
    def domain(self) -> str:
        return self.facts.domain

    @property
    def reference(self) -> str:
        return self.facts.reference

    @property
    def sha256(self) -> str:
        return sha256_of(self.text)

    @property
    def key(self) -> str:
        """Where the signed document is filed."""
        return f"{self.domain}/{self.reference}.pdf"

    def is_open(self, now: datetime) -> bool:
        return self.state is DocumentState.OPEN and now < self.expires_at

    def shows_receipt(self, now: datetime) -> bool:
        signed = self.signature
        return (
            self.state is DocumentState.SIGNED
            and signed is not None
            and now < signed.at + RECEIPT_PERIOD
        )

    def signed(self, signature: Signature) -> "IssuedDocument":
        return replace(self, state=DocumentState.SIGNED, signature=signature)

    def is_settled(self) -> bool:
        """Nothing is left to do for it: the outcome has reached the workflow, and a signature its
        file."""
        if self.state is DocumentState.OPEN or not self.delivered:
            return False
        return self.state is not DocumentState.SIGNED or not self.lacks_paper

    @property
    def lacks_paper(self) -> bool:
        """Whether a paper is still to be made: an agent brings one, a ticket needs none."""
        return self.signature is not None and self.signature.how is How.PAGE and self.file is None

    @property
    def outcome(self) -> dict[str, Any]:
        """What the workflow gets to know: ``{"signed": true}``, or why it expires."""
        if self.state is DocumentState.SIGNED:
            return {"signed": True, "reason": None}
        return {"signed": False, "reason": WHY_UNSIGNED}


WHY_UNSIGNED: Final = f"The responsibility document was not signed within {PATIENCE.days} days."


def sha256_of(text: str) -> str:
    """Of the text's UTF-8, in hexadecimal: what a signature names its text by."""
    return hashlib.sha256(text.encode()).hexdigest()


REMINDERS: Final = (
    (timedelta(days=13), "day_13"),
    (timedelta(days=7), "day_7"),
    (timedelta(days=3), "day_3"),
)
"""Latest first: after a gap only the newest one that is due is worth sending."""


def due_reminder(document: IssuedDocument, now: datetime) -> str | None:
    elapsed = now - document.facts.issued_at
    due = next((name for after, name in REMINDERS if elapsed >= after), None)
    return None if due in document.reminded else due


_WAYS: Final = {
    How.PAGE: "on the signing page, by a link that was mailed to the contact",
    How.AGENT: "on paper, filed by an agent",
    How.TICKET: "in the support ticket",
}


def particulars(document: IssuedDocument, signature: Signature) -> Iterator[tuple[str, str]]:
    """What a paper and a receipt show of a signature, in order."""
    yield "Name", signature.signer.name
    if signature.signer.role:
        yield "Role", signature.signer.role
    yield "Time", f"{signature.at:%-d %B %Y, %H:%M:%S} UTC"
    yield "Signed", _WAYS[signature.how]
    if signature.address:
        yield "Network address", signature.address
    yield "Document", signature.reference or document.reference
    yield "Domain", document.domain
    yield "Account", document.facts.account_id
    if signature.version:
        yield "Text version", signature.version
    if signature.sha256:
        yield "SHA-256 of the text", signature.sha256
