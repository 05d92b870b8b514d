"""Mails that their recipient has stopped, and the links by which that is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from onboarding.domain.page_links import masked
from onboarding.domain.tokens import token_hash

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket

STOP_PERIOD: Final = timedelta(days=180)
"""As long as a customer's page opens; thrice what senders are asked to honour."""

ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
"""The one field of the form that a mail program posts (RFC 8058 §3.2)."""


@dataclass(frozen=True, slots=True)
class StopLink:
    """What the holder of a token may stop between ``issued_at`` and ``expires_at``, by the real
    clock: mails about ``subject`` (a domain or a sender address) to one recipient.

    ``recipient`` is a hash, for what is compared; ``shown`` is the address masked, for what is
    read. ``mail`` is the kind of the mail that brought the link, for ``request_id`` of ``ticket``.
    """

    subject: str
    recipient: str
    shown: str
    mail: str
    request_id: str
    ticket: Ticket
    issued_at: datetime
    expires_at: datetime

    @property
    def family(self) -> str:
        """The links that are revoked together."""
        return stop_family(self.subject)

    def is_open(self, now: datetime, revoked_at: datetime | None) -> bool:
        revoked = revoked_at is not None and self.issued_at <= revoked_at
        return now < self.expires_at and not revoked


@dataclass(frozen=True, slots=True)
class Stop:
    """When the mails were stopped, by the system's clock, and by the link in which mail."""

    at: datetime
    mail: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Mailing:
    """The mails that a link is about, and whether they are stopped."""

    link: StopLink
    stopped: bool


def stop_family(subject: str) -> str:
    return f"unsubscribe/{subject}"


def recipient_hash(address: str) -> str:
    """One recipient, however the address is spelled: no mailbox tells ``Ada@`` from ``ada@``."""
    return token_hash(address.strip().lower())


def stop_link(
    subject: str, recipient: str, mail: str, request_id: str, ticket: Ticket, now: datetime
) -> StopLink:
    return StopLink(
        subject=subject,
        recipient=recipient_hash(recipient),
        shown=masked(recipient),
        mail=mail,
        request_id=request_id,
        ticket=ticket,
        issued_at=now,
        expires_at=now + STOP_PERIOD,
    )
