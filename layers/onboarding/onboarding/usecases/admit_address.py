"""Admit a request for a sender address: claim it, or find that its domain makes that needless, or
say why it cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.addresses import covering_names
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Account, Entry, StoredRequest
from onboarding.domain.ownership import covering_domain, objection_to_address
from onboarding.domain.responsibility import held_on
from onboarding.domain.sender_address import SenderAddress
from onboarding.port_errors import ConcurrentChange
from onboarding.usecases.current import MAX_TRIES, requested_address, stored_request

if TYPE_CHECKING:
    from onboarding.ports import AddressStore, Clock, DomainStore, RequestStore

    class Store(RequestStore, DomainStore, AddressStore, Protocol):
        """What admitting reads and writes."""


def admit_address(request_id: str, *, store: Store, clock: Clock) -> dict[str, Any]:
    """``{"outcome": "admitted"}``, ``{"outcome": "covered", "by"}`` with the verified domain that
    holds the address, or ``{"outcome": "refused", "code", "reason"}``.

    For a request that has ended and whose end is still to be told: ``covered`` again, or its
    outcome with ``code`` and ``reason``."""
    stored = stored_request(store, request_id)
    address = requested_address(stored)
    if stored.outcome is not None:
        return _ended(stored, store.address(address))
    account = store.account(stored.request.account_id)
    if account is None:
        return _refused("unknown_account", "The account of this request does not exist any more.")
    for _ in range(MAX_TRIES):
        current = store.address(address)
        if current is not None and current.request_id == request_id:
            return {"outcome": "admitted"}
        domains = {name: store.domain(name) for name in covering_names(address)}
        holders = [holder for holder in domains.values() if holder is not None]
        covering = covering_domain(account.account_id, holders)
        if covering is not None:
            return {"outcome": "covered", "by": covering.domain}
        objection = objection_to_address(account, request_id, address, current, holders)
        if objection is not None:
            return _refused(objection.code, objection.message)
        wanted, entry = _claim(stored, address, account, current, clock)
        try:
            store.claim_address(wanted, current, domains, entry)
        except ConcurrentChange:
            continue
        return {"outcome": "admitted"}
    raise ConcurrentChange(f"the address of request {request_id} is being claimed by many at once")


def _ended(stored: StoredRequest, current: SenderAddress | None) -> dict[str, Any]:
    assert stored.outcome is not None
    if stored.outcome is State.VERIFIED:
        mine = current if current and current.request_id == stored.request_id else None
        if mine is None or mine.covered_by is not None:
            return {"outcome": "covered", "by": mine.covered_by if mine else stored.request.domain}
    refused = _refused("ended", stored.why)
    if stored.outcome is State.REJECTED:
        return refused
    return refused | {"outcome": stored.outcome.value}


def _claim(
    stored: StoredRequest,
    address: str,
    account: Account,
    previous: SenderAddress | None,
    clock: Clock,
) -> tuple[SenderAddress, Entry]:
    request, now = stored.request, clock.now()
    wanted = SenderAddress(
        address=address,
        account_id=account.account_id,
        organisation_id=account.organisation_id,
        request_id=stored.request_id,
        ticket=request.ticket,
        contact_email=request.contact_email,
        state=State.REQUESTED,
        since=now,
        previous_account=None if previous is None else _holder_at_ses(previous),
        holdings=held_on(
            () if previous is None else previous.holdings,
            account.account_id,
            account.organisation_id,
            now,
        ),
    )
    entry = Entry(
        now,
        State.REQUESTED.value,
        f"Asked for as a sender address of account {account.account_id}.",
        f"ticket {request.ticket}",
    )
    return wanted, entry


def _holder_at_ses(previous: SenderAddress) -> str | None:
    """For whom SES may still hold the address: a claim that ended before its first link made no
    identity."""
    return previous.account_id if previous.progress is not None else previous.previous_account


def _refused(code: str, reason: str) -> dict[str, Any]:
    return {"outcome": "refused", "code": code, "reason": reason}
