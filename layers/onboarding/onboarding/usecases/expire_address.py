"""End a request whose link was never opened, and tell the contact how to take it up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.letters import LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry
from onboarding.domain.schedule import PATIENCE
from onboarding.usecases.address_letters import letter_about, tell, told
from onboarding.usecases.current import AddressChange, stored_request, update_address

if TYPE_CHECKING:
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import AddressStore, Clock, Mailer, MailLedger, RequestStore, Tickets

    class Store(RequestStore, AddressStore, MailLedger, Tickets, Protocol):
        """What expiring reads and writes."""


WHY = f"No link was opened within {PATIENCE.days} days."


def expire_address(
    request_id: str, *, store: Store, mailer: Mailer, clock: Clock
) -> dict[str, Any]:
    """``{"state": "expired"}``. The identity stays at SES: a link that is opened late still counts
    when the address is asked for again, and any other is replaced then."""
    stored = stored_request(store, request_id)

    def expired(found: SenderAddress) -> AddressChange | None:
        if found.state is State.EXPIRED:
            return None
        now = clock.now()
        return found.become(State.EXPIRED, now), (Entry(now, "expired", WHY),)

    address = update_address(store, stored, expired)
    store.close_request(request_id, State.EXPIRED, WHY, clock.now())
    letter = letter_about(address, LetterKind.ADDRESS_EXPIRED)
    posted = tell(stored, letter, store=store, mailer=mailer, clock=clock)
    store.comment(
        address.ticket,
        f"expired-{request_id}",
        f"{address.address} was not set up: {WHY} Ask again in this ticket to start afresh."
        f"{told(posted)}",
        clock.now(),
        public=True,
    )
    store.settle_request(request_id)
    return {"state": State.EXPIRED.value}
