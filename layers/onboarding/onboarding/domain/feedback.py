"""Flags: which bounces and complaints are recorded, what they count towards, and who answers.

``TABLE`` has a row for everything that SES documents, each with its reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from onboarding.domain.addresses import domain_of
from onboarding.domain.feedback_event import FeedbackEvent, FeedbackKind
from onboarding.domain.responsibility import (
    Responsible,
    SenderHistory,
    holder_at,
    responsible_at,
)

PATIENCE: Final = timedelta(minutes=5)
"""How long an event waits for its identity to become known: the two may cross on the way."""

UNKNOWN_ACCOUNT: Final = ""
"""Whose flags are kept of which nobody knows the sender."""

SIMULATOR: Final = "simulator.amazonses.com"
"""SES's mailbox simulator: whoever tries things out there gets real events, and SES counts neither
the messages nor what comes of them ("Using the mailbox simulator manually")."""


class Treatment(StrEnum):
    """What becomes of an event."""

    COUNTED = "counted"
    """Recorded, and part of the rate that mailbox providers and SES judge by."""
    APART = "apart"
    """Recorded, and part of no rate."""
    DROPPED = "dropped"
    """No flag."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``type`` or ``subtype`` of ``ANY`` is whatever has no line before."""

    kind: FeedbackKind
    type: str | None
    subtype: str | None
    treatment: Treatment
    reason: str


ANY: Final = "*"

_BOUNCE, _COMPLAINT = FeedbackKind.BOUNCE, FeedbackKind.COMPLAINT
_COUNTED, _APART, _DROPPED = Treatment.COUNTED, Treatment.APART, Treatment.DROPPED
_OWN_LIST: Final = "OnAccountSuppressionList"
_TENANTS_LIST: Final = "OnTenantSuppressionList"
_DID_ITS_WORK: Final = "our own suppression list did its work: nothing was sent, and"

TABLE: Final = (
    Row(_BOUNCE, "Permanent", "General", _COUNTED, "refused for good, without a reason"),
    Row(_BOUNCE, "Permanent", "NoEmail", _COUNTED, "there is no such mailbox"),
    Row(
        _BOUNCE,
        "Permanent",
        "Suppressed",
        _COUNTED,
        "SES's own list of addresses that bounced for others: nothing was sent, and yet SES counts "
        "it towards the bounce rate",
    ),
    Row(
        _BOUNCE,
        "Permanent",
        _OWN_LIST,
        _APART,
        f"{_DID_ITS_WORK} SES does not count it",
    ),
    Row(
        _BOUNCE,
        "Permanent",
        _TENANTS_LIST,
        _APART,
        f"the list of one account (SES's tenant): {_DID_ITS_WORK} SES does not count it",
    ),
    Row(
        _BOUNCE,
        "Permanent",
        "EmailValidationSuppressed",
        _APART,
        "SES took the address for none before it sent: no provider has seen a message",
    ),
    Row(
        _BOUNCE,
        "Permanent",
        "UnsubscribedRecipient",
        _APART,
        "the reader has unsubscribed from the list at SES: nothing was sent, as they wished",
    ),
    Row(_BOUNCE, "Permanent", ANY, _COUNTED, "a reason that SES added later; refused for good"),
    Row(
        _BOUNCE,
        "Transient",
        "General",
        _DROPPED,
        "an out-of-office reply is technically a bounce and comes as just this; nobody can tell "
        "it from a passing fault, and SES counts neither",
    ),
    Row(
        _BOUNCE, "Transient", "MailboxFull", _APART, "the mailbox was full; it may have room again"
    ),
    Row(_BOUNCE, "Transient", "MessageTooLarge", _APART, "about this message, not the address"),
    Row(
        _BOUNCE,
        "Transient",
        "CustomTimeoutExceeded",
        _APART,
        "the sender's own time for the delivery was over; the address may be fine",
    ),
    Row(_BOUNCE, "Transient", "ContentRejected", _APART, "about this message, not the address"),
    Row(_BOUNCE, "Transient", "AttachmentRejected", _APART, "about this message, not the address"),
    Row(_BOUNCE, "Transient", ANY, _APART, "a reason that SES added later; it may pass"),
    Row(
        _BOUNCE,
        "Undetermined",
        ANY,
        _APART,
        "SES could not read the reason; what is not known is held against nobody",
    ),
    Row(
        _BOUNCE, ANY, ANY, _APART, "a type that SES added later; not known to be anybody's mistake"
    ),
    Row(
        _COMPLAINT,
        "not-spam",
        ANY,
        _DROPPED,
        "the reader took it out of the spam folder: praise, not a complaint",
    ),
    Row(
        _COMPLAINT,
        ANY,
        _OWN_LIST,
        _APART,
        f"{_DID_ITS_WORK} nobody complained again",
    ),
    Row(
        _COMPLAINT,
        ANY,
        _TENANTS_LIST,
        _APART,
        f"the list of one account (SES's tenant): {_DID_ITS_WORK} nobody complained again",
    ),
    Row(_COMPLAINT, "abuse", ANY, _COUNTED, "the reader marked it as spam"),
    Row(_COMPLAINT, "auth-failure", ANY, _COUNTED, "reported as failing authentication"),
    Row(_COMPLAINT, "fraud", ANY, _COUNTED, "reported as fraud or phishing"),
    Row(_COMPLAINT, "virus", ANY, _COUNTED, "reported as carrying a virus"),
    Row(_COMPLAINT, "other", ANY, _COUNTED, "a complaint of no registered type"),
    Row(
        _COMPLAINT,
        None,
        ANY,
        _COUNTED,
        "many providers send no report along; it is a complaint all the same",
    ),
    Row(_COMPLAINT, ANY, ANY, _COUNTED, "a type that SES added later; still a complaint"),
)
"""Read from the top; the first row that fits decides."""


@lru_cache(maxsize=1024)
def row_of(kind: FeedbackKind, type_: str | None, subtype: str | None) -> Row:
    """The row that decides; there is one for everything."""
    return next(
        row
        for row in TABLE
        if row.kind is kind and row.type in (ANY, type_) and row.subtype in (ANY, subtype)
    )


@dataclass(frozen=True, slots=True)
class Flag:
    """One bounce or complaint of one recipient.

    ``recipient_hash`` is a keyed hash of the whole address; its domain is in clear. The same
    feedback about the same recipient is the same flag, however often it comes.
    """

    at: datetime
    account_id: str
    organisation_id: str
    domain: str
    kind: FeedbackKind
    type: str | None
    subtype: str | None
    responsible: Responsible
    feedback_id: str
    recipient_hash: str
    recipient_domain: str

    @property
    def is_counted(self) -> bool:
        """Part of a rate; what the simulator answers is apart, whatever it plays."""
        if self.recipient_domain == SIMULATOR:
            return False
        return row_of(self.kind, self.type, self.subtype).treatment is Treatment.COUNTED

    def as_json(self) -> dict[str, str | None]:
        """As ``xes flags --json`` prints it."""
        return {
            "at": self.at.isoformat(),
            "account_id": self.account_id,
            "domain": self.domain,
            "kind": self.kind.value,
            "type": self.type,
            "subtype": self.subtype,
            "responsible": self.responsible.value,
            "feedback_id": self.feedback_id,
            "recipient_hash": self.recipient_hash,
        }


RecipientHash = Callable[[str], str]
"""Of a whole address."""


def flags_of(
    event: FeedbackEvent, history: SenderHistory | None, recipient_hash: RecipientHash
) -> tuple[Flag, ...]:
    """The flags that an event makes; none where its row says so. ``history`` is none where nobody
    knows the sender: those belong to ``UNKNOWN_ACCOUNT``.

    Of a complaint the recipients are those who may have complained; each gets a flag, and they are
    one complaint (``domain.feedback_rates`` counts them so).
    """
    if row_of(event.kind, event.type, event.subtype).treatment is Treatment.DROPPED:
        return ()
    account, organisation, responsible = _answerable(event.sent_at, history)
    domain = domain_of(event.sender) if history is None else history.domain
    return tuple(
        Flag(
            event.at,
            account,
            organisation,
            domain,
            event.kind,
            event.type,
            event.subtype,
            responsible,
            event.feedback_id,
            recipient_hash(normalised(recipient)),
            domain_of(recipient).lower(),
        )
        for recipient in event.recipients
    )


def may_have_strayed(event: FeedbackEvent, history: SenderHistory) -> bool:
    """Whether its flags may be kept as somebody else's (an unknown sender's, or a domain's above
    it) from a time before this one was known: that came later than the message went out then."""
    return history.holdings[0].since > event.sent_at


def normalised(address: str) -> str:
    """As an address is hashed: in lower case, since a report may spell it otherwise than the
    message did, and no provider of note tells capitals apart."""
    return address.strip().lower()


def _answerable(sent_at: datetime, history: SenderHistory | None) -> tuple[str, str, Responsible]:
    if history is None:
        return UNKNOWN_ACCOUNT, UNKNOWN_ACCOUNT, Responsible.PROVIDER
    holding = holder_at(history.holdings, sent_at)
    responsible = responsible_at(history.periods, holding.account_id, sent_at)
    return holding.account_id, holding.organisation_id, responsible


@dataclass(frozen=True, slots=True)
class Touched:
    """A day of a domain to which flags came; ``stamp`` tells one touch from the next."""

    account_id: str
    domain: str
    day: date
    stamp: str
