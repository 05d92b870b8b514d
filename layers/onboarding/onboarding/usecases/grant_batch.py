"""A list's approval is decided: apply what was given, or hold the list to what the account has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.approval import ApprovalStatus

if TYPE_CHECKING:
    from onboarding.ports import Approvals, BatchStore, Clock, Quotas

    class Store(Approvals, Quotas, Protocol):
        """Where the decision stands, and what it grants."""


def grant_batch(
    batch_id: str, *, store: Store, batches: BatchStore, clock: Clock
) -> dict[str, Any]:
    """``{"granted": bool}``; safe to repeat: an approval is applied once."""
    batch = batches.batch(batch_id)
    assert batch is not None  # it has asked for this approval
    approval = store.approval(batch.approval_id or "")
    if approval is not None and approval.status is ApprovalStatus.GIVEN:
        store.apply_approval(approval, clock.now())
        return {"granted": True}
    batches.save_batch(replace(batch, places=batch.within))
    return {"granted": False}
