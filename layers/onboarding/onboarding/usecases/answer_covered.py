"""End a request for an address that needs nothing: a verified domain of the account covers it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, StoredRequest
from onboarding.usecases.address_letters import about_methods
from onboarding.usecases.current import (
    AddressChange,
    Superseded,
    requested_address,
    stored_request,
    update_address,
)

if TYPE_CHECKING:
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import AddressIdentities, AddressStore, Clock, RequestStore, Tickets

    class Store(RequestStore, AddressStore, Tickets, Protocol):
        """What answering reads and writes."""


def answer_covered(
    request_id: str, by: str, *, store: Store, identities: AddressIdentities, clock: Clock
) -> dict[str, Any]:
    """``{"state": "verified"}``.

    At SES the address is to have nothing of its own: an identity's settings override those of its
    domain, DKIM among them. One that was made before the domain was verified is taken back.
    """
    stored = stored_request(store, request_id)
    why = f"{by} is verified, and e-mail can be sent from every address of it."
    claimed = _released(stored, by, why, store, clock)
    if claimed is not None and claimed.progress is not None:
        _take_back(claimed, identities)
    store.close_request(request_id, State.VERIFIED, why, clock.now())
    store.comment(
        stored.request.ticket,
        f"verified-{request_id}",
        f"{requested_address(stored)} needs nothing: {why}{about_methods(stored)}",
        clock.now(),
        public=True,
    )
    store.settle_request(request_id)
    return {"state": State.VERIFIED.value}


def _released(
    stored: StoredRequest, by: str, why: str, store: Store, clock: Clock
) -> SenderAddress | None:
    """The claim, noted as covered; none where the domain was there first: nothing was claimed."""

    def covered(found: SenderAddress) -> AddressChange | None:
        if found.state is State.VERIFIED:
            return None
        now = clock.now()
        changed = replace(found.become(State.VERIFIED, now), covered_by=by)
        return changed, (Entry(now, "verified", why),)

    try:
        return update_address(store, stored, covered)
    except Superseded:
        return None


def _take_back(address: SenderAddress, identities: AddressIdentities) -> None:
    identity = identities.get(address.address)
    if identity is not None and identity.account_id == address.account_id:
        identities.delete(address.address)
