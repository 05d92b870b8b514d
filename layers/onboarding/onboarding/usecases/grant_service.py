"""Write down what was bought: the entitlement, or the additional account itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.onboarding import Account, AccountKind
from onboarding.domain.service import (
    ISOLATED,
    ServiceKind,
    ServiceState,
    StoredService,
)
from onboarding.usecases.current_service import asking_account, move_to, stored_service

if TYPE_CHECKING:
    from onboarding.ports import Approvals, Clock, DomainStore, Quotas, ServiceStore

    class Store(ServiceStore, DomainStore, Quotas, Approvals, Protocol):
        """What granting reads and writes."""


class NotApproved(Exception):
    """Nobody has said yes: a service that costs money must never be granted then."""


def grant_service(request_id: str, *, store: Store, clock: Clock) -> dict[str, Any]:
    """``{"granted": true, "isolate": bool, "order": "dedicated_ip"|"sending_rate"|"nothing"}``, or
    ``{"granted": false, "code", "reason"}`` where the new account's id was taken meanwhile."""
    stored = stored_service(store, request_id)
    if stored.approval_id is not None:
        _apply(stored.approval_id, store, clock)
    new = _new_account(stored, store)
    if new is not None and not store.create_account(new, request_id):
        return {
            "granted": False,
            "code": "account_exists",
            "reason": f"There is an account {new.account_id} already. Choose another id for it.",
        }
    move_to(store, request_id, ServiceState.IN_PROGRESS, "It is being set up.", clock)
    service = stored.request.service
    ordered = service in (ServiceKind.DEDICATED_IP, ServiceKind.SENDING_RATE)
    return {
        "granted": True,
        "isolate": service in ISOLATED,
        "order": service.value if ordered else "nothing",
    }


def _apply(approval_id: str, store: Store, clock: Clock) -> None:
    approval = store.approval(approval_id)
    if approval is None:
        raise NotApproved(approval_id)
    if approval.applied_at is None and not approval.may_be_applied:
        raise NotApproved(f"{approval_id} is {approval.status}")
    store.apply_approval(approval, clock.now())


def _new_account(stored: StoredService, store: Store) -> Account | None:
    request = stored.request
    if request.new_account_id is None:
        return None
    asking = asking_account(request, store)
    if asking is None:
        raise LookupError(f"account {request.account_id} is gone")
    return Account(
        request.new_account_id,
        asking.organisation_id,
        request.contact_email or asking.contact_email,
        kind=AccountKind.ADDITIONAL,
    )
