"""A ticket's answer to an approval: find which one is meant, and decide it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.contracts import ApprovalData, InvalidRequest
from onboarding.domain.approval import Approval, ApprovalStatus, what_is_asked
from onboarding.domain.refusal import FieldError
from onboarding.domain.request import Ticket
from onboarding.usecases.decide_approval import ApprovalExpired, decide_approval

if TYPE_CHECKING:
    from onboarding.domain.delivery import Delivery
    from onboarding.ports import (
        Approvals,
        Clock,
        DomainStore,
        Quotas,
        RequestStore,
        Tickets,
        Workflows,
    )

    class Store(RequestStore, DomainStore, Approvals, Quotas, Tickets, Protocol):
        """What answering reads and writes."""


def answer_approval(
    data: ApprovalData, delivery: Delivery, *, store: Store, workflows: Workflows, clock: Clock
) -> dict[str, Any]:
    """The approval with its decision, as JSON: the first decision, whoever repeats it.

    Raises ``InvalidRequest`` where none, several, or only expired ones can be meant.
    """
    known = store.delivered(delivery)
    approval = None if known is None else store.approval(known)
    if approval is None:
        approval = _meant(data, Ticket(delivery.source, data.ticket_id), store, clock)
    by = data.by or f"ticket {delivery.source}/{data.ticket_id}"
    try:
        decided = decide_approval(
            approval.approval_id,
            data.status,
            by,
            data.note,
            store=store,
            workflows=workflows,
            clock=clock,
        )
    except ApprovalExpired as expired:
        raise _expired(data, approval) from expired
    store.note_delivery(delivery, approval.approval_id, clock.now())
    return decided_as_json(decided.approval)


def _meant(data: ApprovalData, ticket: Ticket, store: Store, clock: Clock) -> Approval:
    found = [a for a in store.approvals_of_ticket(ticket) if data.may_mean(a)]
    waiting = [a for a in found if a.status is ApprovalStatus.PENDING and not a.is_due(clock.now())]
    if len(waiting) > 1:
        raise _ambiguous(data, waiting)
    if waiting:
        return waiting[0]
    if not found:
        raise InvalidRequest(
            FieldError(
                "approval_id" if data.approval_id else "ticket_id",
                "unknown_approval",
                "No approval of this ticket fits: nothing waits to be decided here.",
            ),
            ticket_id=data.ticket_id,
        )
    decided = [a for a in found if a.decided_by is not None]
    if not decided:
        raise _expired(data, found[-1])
    return max(decided, key=lambda a: (a.decided_at, a.approval_id))


def _ambiguous(data: ApprovalData, waiting: Sequence[Approval]) -> InvalidRequest:
    listed = "; ".join(f"{a.approval_id} ({a.subject}: {what_is_asked(a)})" for a in waiting)
    return InvalidRequest(
        FieldError(
            "approval_id",
            "ambiguous_approval",
            f"Several approvals wait in this ticket: {listed}. Name the one that is meant.",
        ),
        ticket_id=data.ticket_id,
    )


def _expired(data: ApprovalData, approval: Approval) -> InvalidRequest:
    return InvalidRequest(
        FieldError(
            "approval_id" if data.approval_id else "ticket_id",
            "approval_expired",
            f"The time to decide on {approval.subject} ran out on "
            f"{approval.expires_at:%Y-%m-%d}. Ask for it again in its ticket.",
        ),
        ticket_id=data.ticket_id,
    )


def decided_as_json(approval: Approval) -> dict[str, Any]:
    """What a webhook's answer and the command line say of a decision."""
    return {
        "approval_id": approval.approval_id,
        "kind": approval.kind.value,
        "subject": approval.subject,
        "account_id": approval.account_id,
        "status": approval.status.value,
        "decided_by": approval.decided_by,
        "decided_at": approval.decided_at.isoformat() if approval.decided_at else None,
        "note": approval.note,
    }
