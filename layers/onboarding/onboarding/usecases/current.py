"""The domain or address that a request works on, as long as it is still that request's turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain, StoredRequest
from onboarding.domain.sender_address import SenderAddress
from onboarding.port_errors import ConcurrentChange

if TYPE_CHECKING:
    from onboarding.ports import AddressStore, DomainStore, RequestStore

    class Subjects(DomainStore, AddressStore, Protocol):
        """Where domains and addresses are."""


MAX_TRIES = 5
"""Concurrent writers of one domain are few: its workflow, a poller, a customer's click."""

Subject = TypeVar("Subject", SendingDomain, SenderAddress)


class Superseded(Exception):
    """The domain has gone on with another request, or was off-boarded: nothing may be done for
    this one."""


class NotAnAddress(Exception):
    """The request asks for a domain: it was handed to the workflow of addresses."""


def stored_request(store: RequestStore, request_id: str) -> StoredRequest:
    """Raises ``LookupError`` for a request that was never accepted."""
    stored = store.request(request_id)
    if stored is None:
        raise LookupError(f"no request {request_id}")
    return stored


def current_domain(
    store: DomainStore, domain: str, request_id: str, *, offboarded_too: bool = False
) -> SendingDomain:
    """Raises ``Superseded``."""
    found = store.domain(domain)
    if found is None or found.request_id != request_id:
        raise Superseded(f"{domain} is not worked on for request {request_id}")
    if found.state is State.OFFBOARDED and not offboarded_too:
        raise Superseded(f"{domain} was off-boarded")
    return found


def requested_address(stored: StoredRequest) -> str:
    """Raises ``NotAnAddress``."""
    if stored.request.address is None:
        raise NotAnAddress(stored.request_id)
    return stored.request.address


def current_address(store: AddressStore, stored: StoredRequest) -> SenderAddress:
    """Raises ``Superseded``, which names the request alone: messages are logged."""
    found = store.address(requested_address(stored))
    if found is None or found.request_id != stored.request_id:
        raise Superseded(f"the address of request {stored.request_id} is not worked on for it")
    return found


def subject_of(store: Subjects, stored: StoredRequest) -> SendingDomain | SenderAddress | None:
    """The domain or address of a request, as long as it is that request's turn."""
    request = stored.request
    if request.address is None:
        found: SendingDomain | SenderAddress | None = store.domain(request.domain)
    else:
        found = store.address(request.address)
    return found if found is not None and found.request_id == stored.request_id else None


Change = tuple[SendingDomain, tuple[Entry, ...]]
AddressChange = tuple[SenderAddress, tuple[Entry, ...]]


def update(
    store: DomainStore,
    domain: str,
    request_id: str,
    change: Callable[[SendingDomain], Change | None],
    *,
    offboarded_too: bool = False,
) -> SendingDomain:
    """Read, change, write; again where somebody else wrote in between.

    ``change`` returns nothing where the domain is as it should be already. Raises ``Superseded``,
    and ``ConcurrentChange`` when the others never let up.
    """

    def read() -> SendingDomain:
        return current_domain(store, domain, request_id, offboarded_too=offboarded_too)

    return _update(read, change, store.save)


def update_address(
    store: AddressStore,
    stored: StoredRequest,
    change: Callable[[SenderAddress], AddressChange | None],
) -> SenderAddress:
    """Like ``update``, for the address of a request."""
    return _update(lambda: current_address(store, stored), change, store.save_address)


def _update(
    read: Callable[[], Subject],
    change: Callable[[Subject], tuple[Subject, tuple[Entry, ...]] | None],
    save: Callable[..., Any],
) -> Subject:
    for _ in range(MAX_TRIES):
        found = read()
        changed = change(found)
        if changed is None:
            return found
        try:
            saved: Subject = save(changed[0], *changed[1])
        except ConcurrentChange:
            continue
        return saved
    raise ConcurrentChange(f"others wrote in between {MAX_TRIES} times in a row")
