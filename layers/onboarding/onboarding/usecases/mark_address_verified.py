"""Mark the address verified, and tell everybody who waited for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.letters import LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry
from onboarding.usecases.address_letters import letter_about, tell, told
from onboarding.usecases.current import AddressChange, stored_request, update_address
from onboarding.usecases.mail_once import negation

if TYPE_CHECKING:
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import AddressStore, Clock, Mailer, MailLedger, RequestStore, Tickets

    class Store(RequestStore, AddressStore, MailLedger, Tickets, Protocol):
        """What marking reads and writes."""


WHY = "The link was opened, and Amazon SES has verified the address."


def mark_address_verified(
    request_id: str, *, store: Store, mailer: Mailer, clock: Clock
) -> dict[str, Any]:
    """``{"state": "verified"}``.

    SES has just said so. Written before anything is told: a repeat tells what is still untold,
    each once.
    """
    stored = stored_request(store, request_id)

    def verified(found: SenderAddress) -> AddressChange | None:
        if found.state is State.VERIFIED:
            return None
        now = clock.now()
        return found.become(State.VERIFIED, now), (Entry(now, "verified", WHY),)

    address = update_address(store, stored, verified)
    store.close_request(request_id, State.VERIFIED, WHY, clock.now())
    letter = letter_about(address, LetterKind.ADDRESS_VERIFIED)
    posted = tell(stored, letter, store=store, mailer=mailer, clock=clock)
    store.comment(
        address.ticket,
        f"verified-{request_id}",
        f"{address.address} is verified: e-mail can be sent from it, spelled exactly so. The "
        f"contact was {negation(posted)}told. Mail from it is not authenticated for its domain; "
        "what Gmail, Yahoo and Microsoft ask of senders needs "
        f"{stored.request.domain} to be set up as well.{told(posted)}",
        clock.now(),
        public=True,
    )
    store.settle_request(request_id)
    return {"state": State.VERIFIED.value}
