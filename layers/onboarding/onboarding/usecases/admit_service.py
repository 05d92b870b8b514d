"""Admit a service: it can be had at once, a person has to be asked, or the ticket is told why
not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.approval import Approval, ApprovalStatus, Ask, asked, verdict
from onboarding.domain.plan import plan_of
from onboarding.domain.service import (
    ServiceState,
    StoredService,
    approval_subject,
)
from onboarding.domain.service_terms import ServiceAdmission, ServiceRefusal, admit
from onboarding.usecases.current_service import asking_account, move_to, stored_service

if TYPE_CHECKING:
    from onboarding.domain.onboarding import Account
    from onboarding.ports import Approvals, Clock, DomainStore, Quotas, ServiceStore

    class Store(ServiceStore, DomainStore, Quotas, Approvals, Protocol):
        """What admitting reads and writes."""


def admit_service(request_id: str, *, store: Store, clock: Clock) -> dict[str, Any]:
    """``{"decision": "go"|"ask"|"refuse", "approval_id", "code", "reason"}``.

    A person is asked once: a workflow that is started again goes on from what was decided.
    """
    stored = stored_service(store, request_id)
    account = asking_account(stored.request, store)
    if account is None:
        return _refused("unknown_account", "The account of this request does not exist any more.")
    taken = _taken(stored, store)
    if taken is not None:
        return taken
    admission = admission_of(stored, account, store)
    if isinstance(admission, ServiceRefusal):
        return _refused(admission.code, admission.reason)
    if admission.ask is None:
        return _answer("go")
    approval = store.open_approval(_question(admission.ask, stored, account, clock))
    return _by(approval, store, clock)


def _by(approval: Approval, store: Store, clock: Clock) -> dict[str, Any]:
    if approval.status is ApprovalStatus.GIVEN:
        return _answer("go")
    if approval.status is not ApprovalStatus.PENDING:
        decided = verdict(approval)
        return _refused(decided["code"], decided["reason"])
    assert approval.request_id is not None  # as it was asked
    move_to(store, approval.request_id, ServiceState.AWAITING_APPROVAL, approval.reason, clock)
    return {**_answer("ask"), "approval_id": approval.approval_id}


def admission_of(
    stored: StoredService, account: Account, quotas: Quotas
) -> ServiceAdmission | ServiceRefusal:
    """The plan's answer."""
    plan = plan_of(quotas.organisation(account.organisation_id))
    return admit(stored.request, plan, account, quotas.standing(account).dedicated_ips)


def _taken(stored: StoredService, store: Store) -> dict[str, Any] | None:
    new = stored.request.new_account_id
    if new is None or store.account(new) is None:
        return None
    if store.account_origin(new) == stored.request_id:
        return None
    return _refused(
        "account_exists", f"There is an account {new} already. Choose another id for the new one."
    )


def _question(ask: Ask, stored: StoredService, account: Account, clock: Clock) -> Approval:
    return asked(
        ask,
        origin=stored.request_id,
        subject=approval_subject(stored.request),
        account_id=account.account_id,
        organisation_id=account.organisation_id,
        ticket=stored.request.ticket,
        now=clock.now(),
        request_id=stored.request_id,
    )


def _refused(code: str, reason: str) -> dict[str, Any]:
    return {**_answer("refuse"), "code": code, "reason": reason}


def _answer(decision: str) -> dict[str, Any]:
    return {"decision": decision, "approval_id": None, "code": None, "reason": None}
