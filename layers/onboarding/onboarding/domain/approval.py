"""Approvals: what a person is asked to say yes or no to, where money or a signature is involved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from onboarding.domain.quota import Entitlement
    from onboarding.domain.request import Ticket

APPROVAL_PATIENCE: Final = timedelta(days=14)
"""How long a person may take to decide."""


class ApprovalKind(StrEnum):
    """What is asked for."""

    DOMAIN_PACK = "domain_pack"
    FREE_DOMAIN = "free_domain"
    CROSS_ORGANISATION = "cross_organisation"
    ASP = "asp"
    ADDITIONAL_ACCOUNT = "additional_account"
    DEDICATED_IP = "dedicated_ip"
    SENDING_RATE = "sending_rate"
    PAUSE_SENDING = "pause_sending"


class ApprovalStatus(StrEnum):
    """Where an approval stands; every status but ``pending`` is final."""

    PENDING = "pending"
    GIVEN = "given"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Price:
    """What something costs; without an ``amount`` that is agreed separately. ``beside`` names what
    is paid in addition to it."""

    amount: Decimal | None = None
    currency: str = "USD"
    period: str | None = None
    beside: str | None = None

    def __str__(self) -> str:
        if self.amount is None:
            return "price agreed separately"
        if self.amount == 0:
            return "at no charge"
        each = f" a {self.period}" if self.period else ""
        beside = f", in addition to {self.beside}" if self.beside else ""
        return f"{_plain(self.amount)} {self.currency}{each}{beside}"


def _plain(amount: Decimal) -> str:
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person has to be asked, before anybody is.

    ``reason`` may be read by the customer; ``internal`` is for agents alone. Something that has
    nothing to do with money has no ``price``.
    """

    kind: ApprovalKind
    reason: str
    price: Price | None = None
    grants: Mapping[Entitlement, int] = field(default_factory=dict)
    internal: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A question to a person, and the answer.

    ``subject`` is the domain, or the service, that it is about. ``request_id`` is the request whose
    workflow waits for the answer (by ``task_token``); none where no workflow waits. ``applied_at``
    is when its ``grants`` were written to the account, which happens once.
    """

    approval_id: str
    kind: ApprovalKind
    subject: str
    account_id: str
    organisation_id: str
    ticket: Ticket
    reason: str
    requested_at: datetime
    expires_at: datetime
    price: Price | None = None
    grants: Mapping[Entitlement, int] = field(default_factory=dict)
    internal: str = ""
    request_id: str | None = None
    status: ApprovalStatus = ApprovalStatus.PENDING
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None
    task_token: str | None = None
    applied_at: datetime | None = None

    @property
    def may_be_applied(self) -> bool:
        """Whether a person has said yes, and nothing has come of it yet."""
        return self.status is ApprovalStatus.GIVEN and self.applied_at is None

    def is_due(self, now: datetime) -> bool:
        """Whether the time to decide has run out with nobody having decided."""
        return self.status is ApprovalStatus.PENDING and now >= self.expires_at


def approval_id(origin: str, subject: str, kind: ApprovalKind) -> str:
    """The same question of the same ``origin`` (a request) always has the same id, so asking it
    again asks nothing new."""
    text = f"{origin}\n{subject}\n{kind}"
    return f"apr_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def asked(
    ask: Ask,
    *,
    origin: str,
    subject: str,
    account_id: str,
    organisation_id: str,
    ticket: Ticket,
    now: datetime,
    request_id: str | None = None,
) -> Approval:
    """``ask`` as a question about ``subject``, open from ``now`` for ``APPROVAL_PATIENCE``."""
    return Approval(
        approval_id=approval_id(origin, subject, ask.kind),
        kind=ask.kind,
        subject=subject,
        account_id=account_id,
        organisation_id=organisation_id,
        ticket=ticket,
        reason=ask.reason,
        requested_at=now,
        expires_at=now + APPROVAL_PATIENCE,
        price=ask.price,
        grants=ask.grants,
        internal=ask.internal,
        request_id=request_id,
    )


_WHAT: Final = {
    ApprovalKind.DOMAIN_PACK: "a pack of more domains for account {account}",
    ApprovalKind.FREE_DOMAIN: "one more domain for account {account}",
    ApprovalKind.CROSS_ORGANISATION: "a domain that is another organisation's, or related to one",
    ApprovalKind.ASP: "a pack of domains that the organisation's accounts share",
    ApprovalKind.ADDITIONAL_ACCOUNT: "an additional account",
    ApprovalKind.DEDICATED_IP: "a dedicated IP for account {account}",
    ApprovalKind.SENDING_RATE: "a higher sending rate for account {account}",
    ApprovalKind.PAUSE_SENDING: "to pause all sending of account {account}",
}


def what_is_asked(approval: Approval) -> str:
    """In a few words, for tickets and lists."""
    return _WHAT[approval.kind].format(account=approval.account_id)


def question(approval: Approval) -> str:
    """What the ticket is told: what is asked, for how much, why, until when, and how to answer."""
    price = "" if approval.price is None else f" Price: {approval.price}."
    internal = f" {approval.internal}" if approval.internal else ""
    return (
        f"{approval.subject} waits for an approval: {what_is_asked(approval)}.{price} "
        f"{approval.reason}{internal}\n"
        f"Answer until {approval.expires_at:%Y-%m-%d %H:%M} UTC: in this ticket's field for "
        "approvals, by the event approval.given or approval.refused for this ticket, or with "
        f"`xes approve {approval.approval_id}` or `xes refuse {approval.approval_id}`."
    )


def verdict(approval: Approval) -> dict[str, Any]:
    """What the workflow that waits is told: ``{"decision", "code", "reason"}``."""
    match approval.status:
        case ApprovalStatus.GIVEN:
            reason = f"Approved by {approval.decided_by}."
        case ApprovalStatus.REFUSED:
            note = f" {approval.note}" if approval.note else ""
            reason = f"{_sentence(approval)} was refused by {approval.decided_by}.{note}"
        case ApprovalStatus.EXPIRED:
            days = APPROVAL_PATIENCE.days
            reason = f"{_sentence(approval)} had to be approved, and nobody did within {days} days."
        case ApprovalStatus.PENDING:
            raise ValueError(f"{approval.approval_id} is not decided yet")
    status = approval.status.value
    return {"decision": status, "code": f"approval_{status}", "reason": reason}


def _sentence(approval: Approval) -> str:
    text = what_is_asked(approval)
    return text[0].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Decided:
    """What an approval has become, and whether it was this call that decided it."""

    approval: Approval
    counted: bool
