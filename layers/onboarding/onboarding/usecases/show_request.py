"""Where a request stands, for whoever holds its address."""

from typing import Any, Protocol

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import StoredRequest
from onboarding.ports import Approvals, DomainStore, RequestStore


class Store(RequestStore, DomainStore, Approvals, Protocol):
    """What showing reads."""


def show_request(request_id: str, *, store: Store) -> dict[str, Any] | None:
    """``{"request_id", "domain", "state", "since", "records", "report"}``; nothing for an unknown
    id. Once another request has the domain, only this one's own outcome is shown."""
    stored = store.request(request_id)
    if stored is None:
        return None
    domain = store.domain(stored.request.domain)
    shown: dict[str, Any] = {
        "request_id": request_id,
        "domain": stored.request.domain,
        "state": stored.outcome or State.REQUESTED,
        "since": stored.received_at.isoformat(),
        "records": [],
        "report": None,
    }
    if domain is not None and domain.request_id == request_id:
        shown |= {
            "state": domain.state.value,
            "since": domain.since.isoformat(),
            "records": [record.as_json() for record in domain.records],
            "report": domain.report,
        }
    elif stored.outcome is None and _waits_for_permission(stored, store):
        shown["state"] = State.AWAITING_APPROVAL.value
    return shown


def _waits_for_permission(stored: StoredRequest, store: Approvals) -> bool:
    """A domain that is another organisation's stays theirs while an agent decides."""
    return any(
        approval.request_id == stored.request_id and approval.status is ApprovalStatus.PENDING
        for approval in store.approvals_about(stored.request.domain)
    )
