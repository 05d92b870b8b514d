"""Remind the contact and the ticket of the link, on the days that the schedule gives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.letters import LetterKind
from onboarding.domain.schedule import Reminder
from onboarding.usecases.address_letters import letter_about, progress_of, told
from onboarding.usecases.current import (
    AddressChange,
    current_address,
    stored_request,
    update_address,
)
from onboarding.usecases.mail_once import entry_for, mail_once, negation

if TYPE_CHECKING:
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import AddressStore, Clock, Mailer, MailLedger, RequestStore, Tickets

    class Store(RequestStore, AddressStore, MailLedger, Tickets, Protocol):
        """What reminding reads and writes."""


def send_address_reminder(
    request_id: str, reminder: Reminder, *, store: Store, mailer: Mailer, clock: Clock
) -> dict[str, Any]:
    """``{"reminder": "day_1"}``."""
    stored = stored_request(store, request_id)
    address = current_address(store, stored)
    last = reminder is Reminder.LAST_NOTICE
    kind = LetterKind.ADDRESS_LAST_NOTICE if last else LetterKind.ADDRESS_REMINDER
    letter = letter_about(address, kind, key=f"reminder-{reminder.value}")
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=clock)

    def reminded(found: SenderAddress) -> AddressChange | None:
        progress = progress_of(found)
        if reminder in progress.reminded:
            return None
        changed = replace(found, progress=progress.with_reminder(reminder))
        return changed, (entry_for(letter, posted, clock),)

    update_address(store, stored, reminded)
    store.comment(
        address.ticket,
        f"{letter.key}-{request_id}",
        f"The link that Amazon mailed to {address.address} has not been opened yet"
        f"{'; tomorrow the request ends' if last else ''}. The contact was "
        f"{negation(posted)}reminded.{told(posted)}",
        clock.now(),
        public=True,
    )
    return {"reminder": reminder.value}
