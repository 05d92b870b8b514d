"""Ask a person, and let the workflow wait for the answer."""

from typing import Any, Protocol

from onboarding.domain.approval import Approval, ApprovalStatus, question
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.ports import Approvals, Clock, DomainStore, Quotas, Tickets, Workflows
from onboarding.usecases.current import Change, Superseded, update
from onboarding.usecases.deliver_decision import deliver_decision


class Store(DomainStore, Approvals, Quotas, Tickets, Protocol):
    """What asking reads and writes."""


def request_approval(
    approval_id: str, task_token: str, *, store: Store, workflows: Workflows, clock: Clock
) -> dict[str, Any]:
    """``{"approval_id", "status"}``. Asked once, however often the state is entered; the token kept
    is the latest. An answer that came before the token lets the workflow go on at once."""
    approval = store.note_task_token(approval_id, task_token)
    if approval.status is ApprovalStatus.PENDING:
        _await(approval, store, clock)
        store.comment(approval.ticket, f"approval-{approval_id}", question(approval), clock.now())
    else:
        deliver_decision(approval, store=store, workflows=workflows, clock=clock)
    return {"approval_id": approval_id, "status": approval.status.value}


def _await(approval: Approval, store: DomainStore, clock: Clock) -> None:
    """Where the request holds the domain; another organisation's is left alone."""

    def awaiting(found: SendingDomain) -> Change | None:
        if found.state is State.AWAITING_APPROVAL:
            return None
        now = clock.now()
        price = "" if approval.price is None else f" Price: {approval.price}."
        entry = Entry(now, State.AWAITING_APPROVAL.value, f"{approval.reason}{price}")
        return found.become(State.AWAITING_APPROVAL, now), (entry,)

    try:
        update(store, approval.subject, approval.request_id or "", awaiting)
    except Superseded:
        return
