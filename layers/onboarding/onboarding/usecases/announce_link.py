"""Tell the contact and the ticket of the link that SES has mailed, and start to wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.letters import LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry
from onboarding.domain.schedule import until_next_look
from onboarding.usecases.address_letters import (
    about_methods,
    letter_about,
    progress_of,
    tell,
    told,
)
from onboarding.usecases.current import (
    AddressChange,
    current_address,
    stored_request,
    update_address,
)
from onboarding.usecases.mail_once import negation

if TYPE_CHECKING:
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import (
        AddressStore,
        Clock,
        Mailer,
        MailLedger,
        Random,
        RequestStore,
        Tickets,
    )

    class Store(RequestStore, AddressStore, MailLedger, Tickets, Protocol):
        """What announcing reads and writes."""


def announce_link(
    request_id: str, *, store: Store, mailer: Mailer, clock: Clock, random: Random
) -> dict[str, Any]:
    """``{"wait_seconds": n}`` until the next look at SES.

    The letter says what to expect: a mail from Amazon that nobody has announced reads like fraud.
    """
    stored = stored_request(store, request_id)
    address = current_address(store, stored)
    progress = progress_of(address)
    letter = letter_about(address, LetterKind.ADDRESS_LINK)
    posted = tell(stored, letter, store=store, mailer=mailer, clock=clock)

    def awaiting(found: SenderAddress) -> AddressChange | None:
        if found.state is State.AWAITING_LINK:
            return None
        now = clock.now()
        why = "Amazon SES waits for its link to be opened."
        return found.become(State.AWAITING_LINK, now), (Entry(now, "awaiting_link", why),)

    update_address(store, stored, awaiting)
    store.comment(
        address.ticket,
        f"link-1-{request_id}",
        f"Amazon has mailed a link to {address.address}. Whoever reads that mailbox has to open it "
        "within 24 hours; Amazon is asked by itself whether that has happened, and the contact was "
        f"{negation(posted)}told.{about_methods(stored)}{told(posted)}",
        clock.now(),
        public=True,
    )
    elapsed = clock.now() - progress.first_link_at
    return {"wait_seconds": until_next_look(elapsed, random.random())}
