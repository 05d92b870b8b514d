"""The responsibility document: what a customer signs for a custom MAIL FROM, and who answers for
bounces and complaints at which time.

With a custom MAIL FROM the bounces come back to the customer's own domain and complaints are not
tracked by the operator. So the customer signs for both, or no MAIL FROM is set.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from onboarding.domain.refusal import FieldError

PATIENCE: Final = timedelta(days=14)
"""How long a document waits for its signature."""

RECEIPT_PERIOD: Final = timedelta(days=30)
"""How long the link shows the receipt after the signature; the document itself is kept."""

MAX_NAME: Final = 120
"""Characters of a signer's name and of a role."""

MAX_FILE_OCTETS: Final = 10 * 1024 * 1024
"""What an agent may file: a scan of a few pages."""


class Responsible(StrEnum):
    """Who answers for bounces and complaints."""

    PROVIDER = "provider"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Period:
    """A time in which a customer answers: from ``since`` on, and before ``until`` (none: still).

    It begins when the custom MAIL FROM is set for a signed document, and ends when that is revoked.
    """

    account_id: str
    reference: str
    since: datetime
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


def responsible_at(periods: Iterable[Period], account_id: str, at: datetime) -> Responsible:
    """Who answered for the mail that ``account_id`` sent from a domain at ``at``: the customer
    while the MAIL FROM was custom and signed for, else the provider."""
    signed_for = any(p.account_id == account_id and p.covers(at) for p in periods)
    return Responsible.CUSTOMER if signed_for else Responsible.PROVIDER


def ended(periods: tuple[Period, ...], at: datetime) -> tuple[Period, ...]:
    """``periods`` with those that still run ended at ``at``."""
    return tuple(p if p.until is not None else replace(p, until=at) for p in periods)


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


def token_hash(token: str) -> str:
    """What is kept of a link's token. It has 256 bits of chance: a plain hash keeps it secret."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


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


# What a person types


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent in, cleaned, with the reasons why it is not a signature, if any."""

    name: str = ""
    role: str = ""
    consent: bool = False
    errors: tuple[FieldError, ...] = ()

    @property
    def signer(self) -> Signer:
        return Signer(self.name, self.role)

    def error(self, field: str) -> str | None:
        return next((e.message for e in self.errors if e.field == field), None)


CONSENT: Final = "yes"
"""The value of the ticked box."""

_BIDI_CONTROLS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""They make a text read otherwise than it is written (UAX #9)."""

_NOT_TEXT: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def read_form(fields: Mapping[str, str]) -> Form:
    """The signer in a form's fields, every error named."""
    name, role = _clean(fields.get("name", "")), _clean(fields.get("role", ""))
    consent = fields.get("consent") == CONSENT
    errors = [
        *_name_errors("name", name, "Give your first and last name."),
        *_name_errors("role", role, "Give your role in the organisation, for example owner."),
    ]
    if not consent:
        message = "Tick the box to take the responsibility; without it nothing is signed."
        errors.append(FieldError("consent", "required", message))
    return Form(name[:MAX_NAME], role[:MAX_NAME], consent, tuple(errors))


def _clean(text: str) -> str:
    """In the composed form (NFC), with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _name_errors(field: str, text: str, missing: str) -> Iterable[FieldError]:
    if not text:
        yield FieldError(field, "required", missing)
    elif len(text) > MAX_NAME:
        yield FieldError(field, "too_long", f"Use at most {MAX_NAME} characters.")
    elif any(c in _BIDI_CONTROLS or unicodedata.category(c) in _NOT_TEXT for c in text):
        message = "This has invisible control characters: type it instead of pasting it."
        yield FieldError(field, "invalid_characters", message)
    elif not any(unicodedata.category(c).startswith("L") for c in text):
        yield FieldError(field, "invalid_characters", "Use letters.")
