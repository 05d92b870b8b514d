"""Have SES mail its link to the address, by creating the address's identity."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.address_schedule import LinkProgress
from onboarding.domain.identity import AddressIdentity, IdentityStatus
from onboarding.domain.onboarding import Account, Entry
from onboarding.port_errors import AlreadyExists
from onboarding.usecases.busy import waits_while_busy
from onboarding.usecases.create_identity import AccountMissing
from onboarding.usecases.current import (
    AddressChange,
    current_address,
    stored_request,
    update_address,
)

if TYPE_CHECKING:
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import AddressIdentities, AddressStore, Clock, DomainStore, RequestStore

    class Store(RequestStore, DomainStore, AddressStore, Protocol):
        """What creating reads and writes."""


class IdentityOfSomebodyElse(Exception):
    """SES holds the address of a request, but not for its account: it was made by hand since."""


@waits_while_busy
def create_address_identity(
    request_id: str, *, store: Store, identities: AddressIdentities, clock: Clock
) -> dict[str, Any]:
    """``{"created": true, "verified"}``, or ``{"created": false, "code", "reason"}`` where SES
    holds the address for somebody else. ``verified``: the link of an earlier attempt was opened.

    Safe to repeat: SES mails a link only for an identity that it did not hold.
    """
    stored = stored_request(store, request_id)
    address = current_address(store, stored)
    account = store.account(address.account_id)
    if account is None:
        raise AccountMissing(address.account_id)
    existing = _create(address, account, identities)
    if existing is not None and existing.account_id != account.account_id:
        return {
            "created": False,
            "code": "identity_of_somebody_else",
            "reason": "Amazon SES already holds the address, and not for this account. An operator "
            "has to find out whose it is before it can be used.",
        }
    update_address(store, stored, lambda a: _with_link(a, clock))
    return {"created": True, "verified": existing is not None and existing.is_verified}


def _create(
    address: SenderAddress, account: Account, identities: AddressIdentities
) -> AddressIdentity | None:
    """The identity that stood in the way and was left standing, or none for one that is new."""
    try:
        identities.create(address.address, account, address.request_id)
    except AlreadyExists:
        existing = identities.get(address.address)
    else:
        return None
    if existing is None:
        # Deleted between the two calls: the workflow's retry creates it.
        raise AlreadyExists("the address")
    if not _is_left_over(existing, address, account):
        return existing
    identities.delete(address.address)
    identities.create(address.address, account, address.request_id)
    return None


def _is_left_over(existing: AddressIdentity, address: SenderAddress, account: Account) -> bool:
    """By an attempt that ended, so that a new link is due; one that was opened for the account
    is as good as new."""
    if existing.account_id == account.account_id:
        ended = existing.status is IdentityStatus.FAILED
        return ended or (existing.request_id != address.request_id and not existing.is_verified)
    return existing.account_id is not None and existing.account_id == address.previous_account


def _with_link(address: SenderAddress, clock: Clock) -> AddressChange | None:
    if address.progress is not None:
        return None
    now = clock.now()
    entry = Entry(now, "identity_created", "Amazon SES holds the address and mails its own link.")
    return replace(address, progress=LinkProgress(now)), (entry,)


def identity_of(address: SenderAddress, identities: AddressIdentities) -> AddressIdentity | None:
    """What SES holds for the address's own account; raises ``IdentityOfSomebodyElse``."""
    found = identities.get(address.address)
    if found is not None and found.account_id != address.account_id:
        raise IdentityOfSomebodyElse(address.request_id)
    return found
