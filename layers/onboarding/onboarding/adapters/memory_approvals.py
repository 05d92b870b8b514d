"""In-memory doubles of approvals and quotas; ``memory.py`` has the other stores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from onboarding.domain.approval import Approval, ApprovalStatus, Decided
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
    from onboarding.domain.request import Ticket

Method = TypeVar("Method", bound=Callable[..., Any])


def synchronised(method: Method) -> Method:
    """One at a time: what a transaction is in a database, a lock is here."""

    @wraps(method)
    def locked(self: MemoryApprovals, *arguments: Any, **named: Any) -> Any:
        with self.lock:
            return method(self, *arguments, **named)

    return locked  # type: ignore[return-value]


@dataclass
class MemoryApprovals:
    """Implements ``Approvals``."""

    approvals: dict[str, Approval] = field(default_factory=dict)
    undelivered: set[str] = field(default_factory=set)
    lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    @synchronised
    def open_approval(self, approval: Approval) -> Approval:
        return self.approvals.setdefault(approval.approval_id, approval)

    def approval(self, approval_id: str) -> Approval | None:
        return self.approvals.get(approval_id)

    def approvals_of_ticket(self, ticket: Ticket) -> tuple[Approval, ...]:
        return self._sorted(lambda approval: approval.ticket == ticket)

    def approvals_about(self, subject: str) -> tuple[Approval, ...]:
        return self._sorted(lambda approval: approval.subject == subject)

    def _sorted(self, wanted: Callable[[Approval], bool]) -> tuple[Approval, ...]:
        found = [approval for approval in self.approvals.values() if wanted(approval)]
        return tuple(sorted(found, key=lambda a: (a.requested_at, a.approval_id)))

    def pending_approvals(self, due_before: datetime | None = None) -> Iterator[Approval]:
        for approval in list(self.approvals.values()):
            pending = approval.status is ApprovalStatus.PENDING
            if pending and (due_before is None or approval.expires_at < due_before):
                yield approval

    def undelivered_approvals(self) -> Iterator[Approval]:
        yield from [self.approvals[approval_id] for approval_id in sorted(self.undelivered)]

    @synchronised
    def decide_approval(
        self,
        approval_id: str,
        status: ApprovalStatus,
        by: str,
        at: datetime,
        note: str | None = None,
    ) -> Decided:
        found = self._existing(approval_id)
        if found.status is not ApprovalStatus.PENDING or at >= found.expires_at:
            return Decided(found, counted=False)
        return self._settled(
            replace(found, status=status, decided_by=by, decided_at=at, note=note or None)
        )

    @synchronised
    def expire_approval(self, approval_id: str, at: datetime) -> Decided:
        found = self._existing(approval_id)
        if not found.is_due(at):
            return Decided(found, counted=False)
        return self._settled(replace(found, status=ApprovalStatus.EXPIRED, decided_at=at))

    def _settled(self, approval: Approval) -> Decided:
        self.approvals[approval.approval_id] = approval
        self.undelivered.add(approval.approval_id)
        return Decided(approval, counted=True)

    @synchronised
    def note_task_token(self, approval_id: str, token: str) -> Approval:
        noted = replace(self._existing(approval_id), task_token=token)
        self.approvals[approval_id] = noted
        return noted

    def mark_delivered(self, approval_id: str) -> None:
        self._existing(approval_id)
        self.undelivered.discard(approval_id)

    def _existing(self, approval_id: str) -> Approval:
        found = self.approvals.get(approval_id)
        if found is None:
            raise LookupError(f"no approval {approval_id}")
        return found


@dataclass
class MemoryQuotas(MemoryApprovals):
    """Implements ``Quotas``; ``count_slots`` is for the write of a domain."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    slots_used: dict[Holder, int] = field(default_factory=lambda: defaultdict(int))
    entitlements: dict[tuple[Holder, Entitlement], int] = field(
        default_factory=lambda: defaultdict(int)
    )

    def organisation(self, organisation_id: str) -> Organisation:
        return self.organisations.get(organisation_id, Organisation(organisation_id))

    def put_organisation(self, organisation: Organisation) -> None:
        self.organisations[organisation.organisation_id] = organisation

    def standing(self, account: Account) -> Standing:
        own = Holder(Slot.ACCOUNT, account.account_id)
        pool = Holder(Slot.POOL, account.organisation_id)
        return Standing(
            used=self.slots_used.get(own, 0),
            domain_packs=self.entitlements.get((own, Entitlement.DOMAIN_PACKS), 0),
            free_domains=self.entitlements.get((own, Entitlement.FREE_DOMAINS), 0),
            dedicated_ips=self.entitlements.get((own, Entitlement.DEDICATED_IPS), 0),
            pool_used=self.slots_used.get(pool, 0),
            asp=self.entitlements.get((pool, Entitlement.ASP), 0),
        )

    @synchronised
    def apply_approval(self, approval: Approval, at: datetime) -> bool:
        found = self._existing(approval.approval_id)
        if not found.may_be_applied:
            return False
        self._apply(found, at)
        return True

    @synchronised
    def set_slots_used(self, holder: Holder, seen: int, used: int) -> bool:
        if self.slots_used.get(holder, 0) != seen:
            return False
        self.slots_used[holder] = used
        return True

    def count_slots(
        self, old: SendingDomain | None, new: SendingDomain, taking: Taking | None, at: datetime
    ) -> None:
        """All of what a write of ``new`` over ``old`` does to counters, entitlements and approvals,
        or ``ConcurrentChange`` and none of it."""
        changes = slot_changes(old, new)
        if taking is None and any(change > 0 for change in changes.values()):
            raise ValueError(f"{new.domain} takes a slot without saying how many there are")
        approvals = [self._existing(a.approval_id) for a in (taking.approvals if taking else ())]
        if taking is not None and not self._may_take(changes, taking, approvals):
            raise ConcurrentChange(new.domain)
        for holder, change in changes.items():
            self.slots_used[holder] += change
        for approval in approvals:
            self._apply(approval, at)

    def _may_take(
        self, changes: dict[Holder, int], taking: Taking, approvals: list[Approval]
    ) -> bool:
        taken = [holder for holder, change in changes.items() if change > 0]
        full = taking.limit is not None and any(
            self.slots_used.get(holder, 0) >= taking.limit for holder in taken
        )
        free = [
            self.entitlements.get((holder, Entitlement.FREE_DOMAINS), 0)
            for approval in approvals
            for holder, grants in grants_by_holder(approval).items()
            if Entitlement.FREE_DOMAINS in grants
        ]
        spent = taking.most_free is not None and any(held >= taking.most_free for held in free)
        return not full and not spent and all(approval.may_be_applied for approval in approvals)

    def _apply(self, approval: Approval, at: datetime) -> None:
        for holder, grants in grants_by_holder(approval).items():
            for entitlement, count in grants.items():
                self.entitlements[holder, entitlement] += count
        self.approvals[approval.approval_id] = replace(approval, applied_at=at)
