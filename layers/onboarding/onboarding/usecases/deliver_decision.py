"""Tell everybody who waits for a decision: the timeline, the ticket, the workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.approval import (
    Approval,
    ApprovalKind,
    ApprovalStatus,
    verdict,
    what_is_asked,
)
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.usecases.current import Change, Superseded, update

if TYPE_CHECKING:
    from onboarding.ports import Approvals, Clock, DomainStore, Quotas, Tickets, Workflows

    class Store(DomainStore, Approvals, Quotas, Tickets, Protocol):
        """What delivering reads and writes."""


_SAID: Final = {ApprovalStatus.GIVEN: "Approved", ApprovalStatus.REFUSED: "Refused"}


def deliver_decision(
    approval: Approval, *, store: Store, workflows: Workflows, clock: Clock
) -> bool:
    """Whether the decision has arrived; false while the workflow has not begun to wait for it.

    Safe to repeat: each is told once. Where no workflow waits, what was approved is applied here.
    """
    if approval.decided_by is not None:
        _on_the_timeline(approval, store)
        _in_the_ticket(approval, store, clock)
    if approval.kind is ApprovalKind.PAUSE_SENDING and approval.may_be_applied:
        return False  # it stays listed until ``weigh_feedback`` has done it, which may talk to SES
    if approval.request_id is None:
        store.apply_approval(approval, clock.now())
    elif approval.task_token is None:
        return False
    else:
        # A task that does not wait any more has the decision, or asks for it when it comes again.
        workflows.resume(approval.task_token, verdict(approval))
    store.mark_delivered(approval.approval_id)
    return True


def _on_the_timeline(approval: Approval, store: DomainStore) -> None:
    """Where the request holds the domain. Where it does not yet, its claim writes the line."""
    entry = entry_of(approval)

    def noted(found: SendingDomain) -> Change | None:
        if entry in store.timeline(found.domain):
            return None
        return found, (entry,)

    try:
        update(store, approval.subject, approval.request_id or "", noted)
    except Superseded:
        return


def entry_of(approval: Approval) -> Entry:
    """The line of the timeline that says who decided, when, and what."""
    at, by = approval.decided_at, approval.decided_by
    assert at is not None  # somebody has decided it
    assert by is not None
    note = f" {approval.note}" if approval.note else ""
    said = _SAID[approval.status]
    what = f"approval_{approval.status.value}"
    return Entry(at, what, f"{said}: {what_is_asked(approval)}.{note}", by)


def _in_the_ticket(approval: Approval, store: Tickets, clock: Clock) -> None:
    """A refusal ends the request, which says so in the ticket itself."""
    if approval.status is ApprovalStatus.REFUSED and approval.request_id is not None:
        return
    note = f" {approval.note}" if approval.note else ""
    store.comment(
        approval.ticket,
        f"approval-{approval.approval_id}-{approval.status.value}",
        f"{approval.subject}: {what_is_asked(approval)} was {approval.status.value} by "
        f"{approval.decided_by}.{note}",
        clock.now(),
    )
