"""Let approvals expire that nobody decided in time, and deliver decisions that did not arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from onboarding.usecases.deliver_decision import deliver_decision

if TYPE_CHECKING:
    from onboarding.domain.approval import Approval
    from onboarding.ports import Clock, Workflows
    from onboarding.usecases.deliver_decision import Store


def expire_approvals(*, store: Store, workflows: Workflows, clock: Clock) -> dict[str, int]:
    """``{"expired": n, "delivered": n}``; safe to run twice at once.

    Raises ``ExceptionGroup`` of what failed, after all others were done.
    """
    failures: list[Exception] = []

    def expire(approval: Approval) -> bool:
        decided = store.expire_approval(approval.approval_id, clock.now())
        if decided.counted:
            deliver(decided.approval)
        return decided.counted

    def deliver(approval: Approval) -> bool:
        return deliver_decision(approval, store=store, workflows=workflows, clock=clock)

    expired = _each(store.pending_approvals(due_before=clock.now()), expire, failures)
    delivered = _each(store.undelivered_approvals(), deliver, failures)
    if failures:
        raise ExceptionGroup("some approvals could not be settled", failures)
    return {"expired": expired, "delivered": delivered}


def _each(
    approvals: Iterable[Approval], settle: Callable[[Approval], bool], failures: list[Exception]
) -> int:
    count = 0
    for approval in approvals:
        try:
            count += settle(approval)
        except Exception as failure:  # one that fails must not hold up the others
            failures.append(failure)
    return count
