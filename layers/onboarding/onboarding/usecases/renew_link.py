"""Have SES mail a new link: the old one ended 24 hours after it was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.address_schedule import MAX_LINKS
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.onboarding import Account, Entry
from onboarding.port_errors import AlreadyExists
from onboarding.usecases.address_letters import progress_of
from onboarding.usecases.busy import waits_while_busy
from onboarding.usecases.create_address_identity import identity_of
from onboarding.usecases.create_identity import AccountMissing
from onboarding.usecases.current import AddressChange, stored_request, update_address

if TYPE_CHECKING:
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import (
        AddressIdentities,
        AddressStore,
        Clock,
        DomainStore,
        RequestStore,
        Tickets,
    )

    class Store(RequestStore, DomainStore, AddressStore, Tickets, Protocol):
        """What renewing reads and writes."""


@waits_while_busy
def renew_link(
    request_id: str, link: int, *, store: Store, identities: AddressIdentities, clock: Clock
) -> dict[str, Any]:
    """``{"link": n}``, the number of the link, as ``check_address`` has counted it.

    Counted before it is asked for: a repeat asks again only where SES has not done it yet.
    """
    stored = stored_request(store, request_id)
    address = update_address(store, stored, lambda a: _counted(a, link, clock))
    account = store.account(address.account_id)
    if account is None:
        raise AccountMissing(address.account_id)
    _renew(address, account, identities)
    store.comment(
        address.ticket,
        f"link-{link}-{request_id}",
        f"The link to {address.address} ended after 24 hours. Amazon has mailed a new one "
        f"({link} of at most {MAX_LINKS}).",
        clock.now(),
        public=True,
    )
    return {"link": link}


def _counted(address: SenderAddress, link: int, clock: Clock) -> AddressChange | None:
    progress = progress_of(address)
    if progress.links >= link:
        return None
    entry = Entry(
        clock.now(), "link_renewed", f"The link ended after 24 hours; link {link} is asked for."
    )
    return replace(address, progress=progress.with_link(link)), (entry,)


def _renew(address: SenderAddress, account: Account, identities: AddressIdentities) -> None:
    existing = identity_of(address, identities)
    if existing is not None:
        if existing.status is not IdentityStatus.FAILED:
            return  # renewed by an earlier try, or even opened by now
        identities.delete(address.address)
    try:
        identities.create(address.address, account, address.request_id)
    except AlreadyExists:
        return  # somebody else's retry was faster, and SES has mailed its link
