"""Ask a person, and let the workflow wait for the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.approval import Approval, ApprovalStatus, question, what_is_asked
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.usecases.current import Change, Superseded, update
from onboarding.usecases.deliver_decision import deliver_decision
from onboarding.usecases.mail_once import entry_for, mail_once

if TYPE_CHECKING:
    from onboarding.ports import (
        Approvals,
        Clock,
        DomainStore,
        Mailer,
        MailLedger,
        Quotas,
        RequestStore,
        Tickets,
        Workflows,
    )

    class Store(RequestStore, DomainStore, Approvals, Quotas, MailLedger, Tickets, Protocol):
        """What asking reads and writes."""


def request_approval(
    approval_id: str,
    task_token: str,
    *,
    store: Store,
    workflows: Workflows,
    mailer: Mailer,
    clock: Clock,
) -> dict[str, Any]:
    """``{"approval_id", "status"}``. Asked once, however often the state is entered; the token kept
    is the latest. An answer that came before the token lets the workflow go on at once."""
    approval = store.note_task_token(approval_id, task_token)
    if approval.status is ApprovalStatus.PENDING:
        _await(approval, store, clock)
        store.comment(approval.ticket, f"approval-{approval_id}", question(approval), clock.now())
        _tell(approval, store, mailer, clock)
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


def _tell(approval: Approval, store: Store, mailer: Mailer, clock: Clock) -> None:
    """The contact of a domain, who waits for records that do not come yet. A service has none:
    whoever asked for it reads the ticket."""
    stored = store.request(approval.request_id) if approval.request_id else None
    if stored is None:
        return
    letter = Letter(
        kind=LetterKind.APPROVAL_REQUESTED,
        key=f"approval-{approval.approval_id}",
        recipient=stored.request.contact_email,
        domain=approval.subject,
        ticket=approval.ticket,
        request_id=stored.request_id,
        expires_at=approval.expires_at,
        decision=what_is_asked(approval),
        price=None if approval.price is None else str(approval.price),
        notes=(approval.reason,),
    )
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=clock)
    if posted.is_repeat:
        return
    entry = entry_for(letter, posted, clock)
    try:
        update(store, approval.subject, stored.request_id, lambda d: (d, (entry,)))
    except Superseded:
        return  # the domain is another's, on whose timeline this has no place
