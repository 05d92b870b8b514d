"""Look whether the link was opened, or whether the address's domain was verified meanwhile, and
decide what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.address_schedule import LinkLook, LinkStep, next_link_step
from onboarding.domain.addresses import covering_names
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.ownership import covering_domain
from onboarding.port_errors import SesBusy
from onboarding.usecases.address_letters import progress_of
from onboarding.usecases.create_address_identity import identity_of
from onboarding.usecases.current import current_address, stored_request

if TYPE_CHECKING:
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import (
        AddressIdentities,
        AddressStore,
        Clock,
        DomainStore,
        Random,
        RequestStore,
    )

    class Store(RequestStore, DomainStore, AddressStore, Protocol):
        """What checking reads."""


def check_address(
    request_id: str,
    *,
    store: Store,
    identities: AddressIdentities,
    clock: Clock,
    random: Random,
) -> dict[str, Any]:
    """``{"action", "reason", "wait_seconds", "reminder", "link", "by"}``; see
    ``domain.address_schedule``. Writes nothing: a look that changes nothing leaves no trace."""
    address = current_address(store, stored_request(store, request_id))
    progress = progress_of(address)
    look = _look(address, store, identities)
    step = next_link_step(progress, look, clock.now(), random.random())
    return _as_json(step, look)


def _look(address: SenderAddress, store: DomainStore, identities: AddressIdentities) -> LinkLook:
    try:
        identity = identity_of(address, identities)
    except SesBusy:
        return LinkLook()
    if identity is not None and identity.is_verified:
        return LinkLook(verified=True)
    holders = (store.domain(name) for name in covering_names(address.address))
    covering = covering_domain(address.account_id, (h for h in holders if h is not None))
    return LinkLook(
        # One that was deleted by hand has no link either.
        link_ended=identity is None or identity.status is IdentityStatus.FAILED,
        covered_by=None if covering is None else covering.domain,
    )


def _as_json(step: LinkStep, look: LinkLook) -> dict[str, Any]:
    return {
        "action": step.action.value,
        "reason": step.reason,
        "wait_seconds": step.wait_seconds,
        "reminder": step.reminder.value if step.reminder else None,
        "link": step.link,
        "by": look.covered_by,
    }
