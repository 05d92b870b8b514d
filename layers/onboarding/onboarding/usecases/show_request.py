"""Where a request stands, for whoever holds its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import SendingDomain, StoredRequest
from onboarding.usecases.current import subject_of

if TYPE_CHECKING:
    from onboarding.domain.service import StoredService
    from onboarding.ports import AddressStore, Approvals, DomainStore, RequestStore, ServiceStore

    class Store(RequestStore, DomainStore, AddressStore, Approvals, ServiceStore, Protocol):
        """What showing reads."""


def show_request(request_id: str, *, store: Store) -> dict[str, Any] | None:
    """``{"request_id", "domain", "state", "since", "records", "report"}``, or ``{"request_id",
    "account_id", "service", "state", "since"}`` of a service; nothing for an unknown id. Once
    another request has the domain, only this one's own outcome is shown. For a sender address it
    is ``domain``, and there are no records."""
    stored = store.request(request_id)
    if stored is None:
        service = store.service(request_id)
        return None if service is None else _shown_service(service)
    shown: dict[str, Any] = {
        "request_id": request_id,
        "domain": stored.request.subject,
        "state": stored.outcome or State.REQUESTED,
        "since": stored.received_at.isoformat(),
        "records": [],
        "report": None,
    }
    subject = subject_of(store, stored)
    if subject is not None:
        shown |= {"state": subject.state.value, "since": subject.since.isoformat()}
    if isinstance(subject, SendingDomain):
        shown |= {
            "records": [record.as_json() for record in subject.records],
            "report": subject.report,
        }
    elif subject is None and stored.outcome is None and _waits_for_permission(stored, store):
        shown["state"] = State.AWAITING_APPROVAL.value
    return shown


def _shown_service(service: StoredService) -> dict[str, Any]:
    return {
        "request_id": service.request_id,
        "account_id": service.request.subject,
        "service": service.request.service.value,
        "state": service.state.value,
        "since": service.since.isoformat(),
    }


def _waits_for_permission(stored: StoredRequest, store: Approvals) -> bool:
    """A domain that is another organisation's stays theirs while an agent decides."""
    return any(
        approval.request_id == stored.request_id and approval.status is ApprovalStatus.PENDING
        for approval in store.approvals_about(stored.request.domain)
    )
