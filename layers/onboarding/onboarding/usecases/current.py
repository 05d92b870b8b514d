"""The domain that a request works on, as long as it is still that request's turn."""

from collections.abc import Callable

from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain, StoredRequest
from onboarding.ports import ConcurrentChange, DomainStore, RequestStore

MAX_TRIES = 5
"""Concurrent writers of one domain are few: its workflow, a poller, a customer's click."""


class Superseded(Exception):
    """The domain has gone on with another request, or was off-boarded: nothing may be done for
    this one."""


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


Change = tuple[SendingDomain, tuple[Entry, ...]]


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
    for _ in range(MAX_TRIES):
        found = current_domain(store, domain, request_id, offboarded_too=offboarded_too)
        changed = change(found)
        if changed is None:
            return found
        try:
            return store.save(changed[0], *changed[1])
        except ConcurrentChange:
            continue
    raise ConcurrentChange(f"{domain} was changed by others {MAX_TRIES} times in a row")
