"""Slots and entitlements in the table: counters that only conditional writes change."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from onboarding.adapters.dynamodb import mapping
from onboarding.adapters.dynamodb.approvals import DynamoDbApprovals
from onboarding.adapters.dynamodb.table import Item, body_of, integer, item_key, number
from onboarding.domain.onboarding import Account, Organisation, SendingDomain, Slot
from onboarding.domain.quota import (
    Entitlement,
    Holder,
    Standing,
    Taking,
    grants_by_holder,
    slot_changes,
)
from onboarding.port_errors import ConcurrentChange

if TYPE_CHECKING:
    from onboarding.domain.approval import Approval

_USED: Final = "slots_used"
_FREE: Final = Entitlement.FREE_DOMAINS.value


class DynamoDbQuotas(DynamoDbApprovals):
    """Implements ``Quotas``; ``_slot_writes`` is for the transaction that writes a domain."""

    def organisation(self, organisation_id: str) -> Organisation:
        item = self._get(item_key(f"ORGANISATION#{organisation_id}", "ORGANISATION"))
        if item is None:
            return Organisation(organisation_id)
        return mapping.organisation_from_json(body_of(item))

    def put_organisation(self, organisation: Organisation) -> None:
        item = item_key(f"ORGANISATION#{organisation.organisation_id}", "ORGANISATION")
        item["body"] = {"S": mapping.dump(mapping.organisation_to_json(organisation))}
        self._client.put_item(TableName=self._table, Item=item)

    def standing(self, account: Account) -> Standing:
        own = self._get(quota_key(Holder(Slot.ACCOUNT, account.account_id)))
        pool = self._get(quota_key(Holder(Slot.POOL, account.organisation_id)))
        return Standing(
            used=integer(own, _USED),
            domain_packs=integer(own, Entitlement.DOMAIN_PACKS),
            free_domains=integer(own, Entitlement.FREE_DOMAINS),
            dedicated_ips=integer(own, Entitlement.DEDICATED_IPS),
            pool_used=integer(pool, _USED),
            asp=integer(pool, Entitlement.ASP),
        )

    def apply_approval(self, approval: Approval, at: datetime) -> bool:
        granted = grants_by_holder(approval).items()
        writes = [self._count(h, {e.value: n for e, n in g.items()}, None) for h, g in granted]
        try:
            self._transact(self._apply(approval, at), *writes)
        except ConcurrentChange:
            found = self._existing_approval(approval.approval_id)
            if found.may_be_applied:
                raise
            return False
        return True

    def set_slots_used(self, holder: Holder, seen: int, used: int) -> bool:
        never = "" if seen else "attribute_not_exists(slots_used) OR "
        try:
            self._client.update_item(
                TableName=self._table,
                Key=quota_key(holder),
                UpdateExpression="SET slots_used = :used",
                ConditionExpression=f"{never}slots_used = :seen",
                ExpressionAttributeValues={":used": number(used), ":seen": number(seen)},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _slot_writes(
        self, old: SendingDomain | None, new: SendingDomain, taking: Taking | None, at: datetime
    ) -> list[Item]:
        """What a write of ``new`` over ``old`` does to counters, entitlements and approvals."""
        changes: dict[Holder, dict[str, int]] = {
            holder: {_USED: change} for holder, change in slot_changes(old, new).items()
        }
        if taking is None and any(change[_USED] > 0 for change in changes.values()):
            raise ValueError(f"{new.domain} takes a slot without saying how many there are")
        approvals = taking.approvals if taking else ()
        for approval in approvals:
            for holder, grants in grants_by_holder(approval).items():
                change = changes.setdefault(holder, {})
                for entitlement, count in grants.items():
                    change[entitlement.value] = change.get(entitlement.value, 0) + count
        return [
            *(self._count(holder, change, taking) for holder, change in changes.items()),
            *(self._apply(approval, at) for approval in approvals),
        ]

    def _count(self, holder: Holder, change: dict[str, int], taking: Taking | None) -> Item:
        added = ", ".join(f"{name} :{name}" for name in change)
        values = {f":{name}": number(count) for name, count in change.items()}
        limits = {
            _USED: taking.limit if taking and change.get(_USED, 0) > 0 else None,
            _FREE: taking.most_free if taking and _FREE in change else None,
        }
        conditions = []
        for name, limit in limits.items():
            if limit is not None:
                never = f"attribute_not_exists({name}) OR " if limit > 0 else ""
                conditions.append(f"({never}{name} < :most_{name})")
                values[f":most_{name}"] = number(limit)
        return self._update(quota_key(holder), f"ADD {added}", " AND ".join(conditions), values)


def quota_key(holder: Holder) -> Item:
    owner = "ACCOUNT" if holder.slot is Slot.ACCOUNT else "ORGANISATION"
    return item_key(f"{owner}#{holder.holder_id}", "QUOTA")
