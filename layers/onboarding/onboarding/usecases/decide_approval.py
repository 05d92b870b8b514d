"""An agent's yes or no: it counts once, and everybody who waits for it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.domain.approval import ApprovalStatus, Decided
from onboarding.usecases.deliver_decision import deliver_decision

if TYPE_CHECKING:
    from onboarding.ports import Clock, Workflows
    from onboarding.usecases.deliver_decision import Store


class ApprovalExpired(Exception):
    """Nobody decided in time; ask again to have it asked again."""


def decide_approval(
    approval_id: str,
    status: ApprovalStatus,
    by: str,
    note: str | None,
    *,
    store: Store,
    workflows: Workflows,
    clock: Clock,
) -> Decided:
    """The decision that counts: this one, or the first where somebody had decided before.

    Raises ``LookupError`` for an unknown id, and ``ApprovalExpired``. A repeat after a fault in the
    middle does what was left undone.
    """
    decided = store.decide_approval(approval_id, status, by, clock.now(), note)
    if decided.approval.status in (ApprovalStatus.PENDING, ApprovalStatus.EXPIRED):
        raise ApprovalExpired(approval_id)
    deliver_decision(decided.approval, store=store, workflows=workflows, clock=clock)
    return decided
