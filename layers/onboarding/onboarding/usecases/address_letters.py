"""What the contact and the ticket are told about a sender address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.schedule import PATIENCE
from onboarding.usecases.current import update_address
from onboarding.usecases.mail_once import Posted, doubt, entry_for, mail_once

if TYPE_CHECKING:
    from onboarding.domain.address_schedule import LinkProgress
    from onboarding.domain.onboarding import StoredRequest
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import AddressStore, Clock, Mailer, MailLedger

    class Store(AddressStore, MailLedger, Protocol):
        """What telling reads and writes."""


class NotWaiting(Exception):
    """SES was never asked to mail a link: the workflow has skipped a step."""


def progress_of(address: SenderAddress) -> LinkProgress:
    """Raises ``NotWaiting``."""
    if address.progress is None:
        raise NotWaiting(address.request_id)
    return address.progress


def letter_about(address: SenderAddress, kind: LetterKind, key: str | None = None) -> Letter:
    return Letter(
        kind=kind,
        key=key or kind.value,
        recipient=address.contact_email,
        domain=address.address,
        ticket=address.ticket,
        request_id=address.request_id,
        expires_at=address.progress.first_link_at + PATIENCE if address.progress else None,
    )


def tell(
    stored: StoredRequest, letter: Letter, *, store: Store, mailer: Mailer, clock: Clock
) -> Posted:
    """Mail the contact, once, and put it on the timeline."""
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=clock)
    if not posted.is_repeat:
        entry = entry_for(letter, posted, clock)
        update_address(store, stored, lambda a: (replace(a), (entry,)))
    return posted


def told(posted: Posted) -> str:
    """``doubt``, where nothing that the contact misses is a record."""
    return doubt(posted, "pass this on")


def about_methods(stored: StoredRequest) -> str:
    """What a ticket is told that asked for DKIM, SPF or DMARC of an address."""
    if not stored.request.methods:
        return ""
    return (
        " The methods asked for (DKIM, SPF, DMARC) belong to a whole domain and were left out; "
        f"for them, ask for {stored.request.domain}."
    )
