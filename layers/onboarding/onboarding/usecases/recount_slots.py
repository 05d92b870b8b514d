"""Repair: count the slots of an account and its organisation again from the domains themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from onboarding.domain.onboarding import Account, Slot
from onboarding.domain.quota import Holder, holder_of

if TYPE_CHECKING:
    from onboarding.ports import DomainStore, Quotas

    class Store(DomainStore, Quotas, Protocol):
        """What counting reads and writes."""


class StillChanging(Exception):
    """The count changed while the domains were counted; try again when less goes on."""


def recount_slots(account: Account, *, store: Store) -> dict[Slot, tuple[int, int]]:
    """What each count was and what it is now: ``{"account": (11, 10), "pool": (3, 3)}``.

    Counts follow from writes and need this only after a table was restored or edited by hand.
    The listing may lag behind the table, so each domain is read again. Raises ``StillChanging``.
    """
    standing = store.standing(account)
    seen = {
        Holder(Slot.ACCOUNT, account.account_id): standing.used,
        Holder(Slot.POOL, account.organisation_id): standing.pool_used,
    }
    listed = sorted(domain.domain for domain in store.domains())
    held = [holder_of(store.domain(name)) for name in listed]
    for holder, used in seen.items():
        if held.count(holder) != used and not store.set_slots_used(
            holder, used, held.count(holder)
        ):
            raise StillChanging(f"{holder.slot} {holder.holder_id}")
    return {holder.slot: (used, held.count(holder)) for holder, used in seen.items()}
