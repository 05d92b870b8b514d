"""Where a request stands, for whoever holds its address."""

from typing import Any, Protocol

from onboarding.ports import DomainStore, RequestStore


class Store(RequestStore, DomainStore, Protocol):
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
        "state": (stored.outcome or "requested"),
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
    return shown
