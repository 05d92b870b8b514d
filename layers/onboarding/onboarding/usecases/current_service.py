"""The service that a workflow works on, and what its account has, read and changed safely."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from onboarding.domain.onboarding import Account, AccountKind
from onboarding.port_errors import ConcurrentChange

if TYPE_CHECKING:
    from onboarding.domain.provisioning import Provisioned
    from onboarding.domain.service import ServiceRequest, ServiceState, StoredService
    from onboarding.ports import Clock, DomainStore, ServiceStore, Tickets

    class Store(ServiceStore, Tickets, Protocol):
        """What most steps read and write."""

    class DomainsAndServices(ServiceStore, DomainStore, Tickets, Protocol):
        """The same, with accounts and domains."""


MAX_TRIES = 5
"""Concurrent writers of one service are few: its workflow, a second one, an agent."""


def stored_service(store: ServiceStore, request_id: str) -> StoredService:
    """Raises ``LookupError`` for a service that was never asked for."""
    stored = store.service(request_id)
    if stored is None:
        raise LookupError(f"no service {request_id}")
    return stored


def asking_account(request: ServiceRequest, store: DomainStore) -> Account | None:
    """The account that asks; the new one itself, as it will be, where an agent asks for it."""
    if request.organisation_id is None or request.account_id != request.new_account_id:
        return store.account(request.account_id)
    return Account(
        request.account_id,
        request.organisation_id,
        request.contact_email,
        kind=AccountKind.ADDITIONAL,
    )


def update_service(
    store: ServiceStore,
    request_id: str,
    change: Callable[[StoredService], StoredService],
) -> StoredService:
    """Read, change, write; again where somebody else wrote in between.

    Nothing is written where ``change`` changes nothing. Raises ``ConcurrentChange`` when the others
    never let up.
    """
    for _ in range(MAX_TRIES):
        found = stored_service(store, request_id)
        changed = change(found)
        if changed == found:
            return found
        try:
            return store.save_service(changed)
        except ConcurrentChange:
            continue
    raise ConcurrentChange(f"{request_id} was changed by others {MAX_TRIES} times in a row")


def end_in(
    store: Store,
    request_id: str,
    state: ServiceState,
    why: str,
    clock: Clock,
    said: Callable[[StoredService], str],
) -> StoredService:
    """Tell the ticket, then write the end: one that has ended is not taken up again by anybody, so
    whoever dies in between must not have written it yet. An end that is there stays."""
    stored = stored_service(store, request_id)
    if not stored.has_ended:
        key = f"service-{state.value}-{request_id}"
        store.comment(stored.request.ticket, key, said(stored), clock.now())
    return move_to(store, request_id, state, why, clock)


def move_to(
    store: ServiceStore, request_id: str, state: ServiceState, why: str, clock: Clock
) -> StoredService:
    """The service in ``state``, unless it is there or has ended."""

    def moved(found: StoredService) -> StoredService:
        if found.state is state or found.has_ended:
            return found
        return found.become(state, clock.now(), why)

    return update_service(store, request_id, moved)


def update_provisioned(
    store: ServiceStore, account_id: str, change: Callable[[Provisioned], Provisioned]
) -> Provisioned:
    """The same for what an account has at SES."""
    for _ in range(MAX_TRIES):
        found = store.provisioned(account_id)
        changed = change(found)
        if changed == found:
            return found
        try:
            return store.save_provisioned(changed)
        except ConcurrentChange:
            continue
    raise ConcurrentChange(f"{account_id} was changed by others {MAX_TRIES} times in a row")


class NotProvisioned(Exception):
    """A step came before the one that it builds upon."""


def isolated(store: ServiceStore, account_id: str) -> tuple[str, str]:
    """The account's tenant and configuration set; raises ``NotProvisioned``."""
    found = store.provisioned(account_id)
    if found.tenant is None or found.configuration_set is None:
        raise NotProvisioned(account_id)
    return found.tenant, found.configuration_set
