"""What accounts and organisations hold beyond their plan, and the slots that domains take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from onboarding.domain.onboarding import SendingDomain, Slot

if TYPE_CHECKING:
    from onboarding.domain.approval import Approval


class Entitlement(StrEnum):
    """What can be granted beyond a plan. ``asp`` is the organisation's, the others an account's."""

    DOMAIN_PACKS = "domain_packs"
    FREE_DOMAINS = "free_domains"
    DEDICATED_IPS = "dedicated_ips"
    ASP = "asp"


Grants = Mapping[Entitlement, int]
"""How many of each; what is not named is none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account and its organisation hold and use: ``used`` counts the account's own slots
    that are taken, ``pool_used`` those of the organisation's pool."""

    used: int = 0
    domain_packs: int = 0
    free_domains: int = 0
    dedicated_ips: int = 0
    pool_used: int = 0
    asp: int = 0


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose slots are counted: an account's own, or an organisation's pool."""

    slot: Slot
    holder_id: str


@dataclass(frozen=True, slots=True)
class Taking:
    """The condition under which a slot may be taken.

    ``limit`` is how many its holder has; none where ``approvals``, which are applied in the same
    write, make the room. ``most_free`` is how many free domains an account may be granted in all.
    """

    limit: int | None
    approvals: tuple[Approval, ...] = ()
    most_free: int | None = None


def holder_of(domain: SendingDomain | None) -> Holder | None:
    """Whose slot the domain takes; none for one that has ended or that never took any."""
    slot = None if domain is None else domain.held_slot
    if domain is None or slot is None:
        return None
    return Holder(slot, domain.account_id if slot is Slot.ACCOUNT else domain.organisation_id)


def slot_changes(old: SendingDomain | None, new: SendingDomain) -> dict[Holder, int]:
    """What a write of ``new`` over ``old`` does to the counts of slots: +1, -1, or nothing."""
    changes: Counter[Holder] = Counter()
    for domain, step in ((old, -1), (new, 1)):
        holder = holder_of(domain)
        if holder is not None:
            changes[holder] += step
    return {holder: change for holder, change in changes.items() if change}


def grants_by_holder(approval: Approval) -> dict[Holder, dict[Entitlement, int]]:
    """Whose entitlements grow by what when ``approval`` is applied."""
    found: dict[Holder, dict[Entitlement, int]] = {}
    for entitlement, count in approval.grants.items():
        pooled = entitlement is Entitlement.ASP
        holder = (
            Holder(Slot.POOL, approval.organisation_id)
            if pooled
            else Holder(Slot.ACCOUNT, approval.account_id)
        )
        found.setdefault(holder, {})[entitlement] = count
    return found
