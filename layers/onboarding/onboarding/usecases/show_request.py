"""Where a request stands, for whoever holds its address."""

from typing import Any, Protocol

from onboarding.domain.onboarding import SendingDomain
from onboarding.ports import AddressStore, DomainStore, RequestStore
from onboarding.usecases.current import subject_of


class Store(RequestStore, DomainStore, AddressStore, Protocol):
    """What showing reads."""


def show_request(request_id: str, *, store: Store) -> dict[str, Any] | None:
    """``{"request_id", "domain", "state", "since", "records", "report"}``; nothing for an unknown
    id. Once another request has the domain, only this one's own outcome is shown. For a sender
    address it is ``domain``, and there are no records."""
    stored = store.request(request_id)
    if stored is None:
        return None
    shown: dict[str, Any] = {
        "request_id": request_id,
        "domain": stored.request.subject,
        "state": (stored.outcome or "requested"),
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
    return shown
