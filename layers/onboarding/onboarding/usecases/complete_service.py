"""End a service that is set up, and tell the ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onboarding.domain.service import ServiceKind, ServiceState, StoredService
from onboarding.usecases.current_service import end_in

if TYPE_CHECKING:
    from onboarding.ports import Clock
    from onboarding.usecases.current_service import Store


def complete_service(request_id: str, *, store: Store, clock: Clock) -> dict[str, Any]:
    """``{"state": "active"}``."""
    stored = end_in(store, request_id, ServiceState.ACTIVE, "It is set up.", clock, _text)
    return {"state": stored.state.value}


def _text(stored: StoredService) -> str:
    request = stored.request
    match request.service:
        case ServiceKind.PROVISIONING:
            what = "is provisioned: it has a tenant and a configuration set of its own."
        case ServiceKind.ADDITIONAL_ACCOUNT:
            what = "is there, and its reputation is its own."
        case ServiceKind.DEDICATED_IP:
            what = f"sends from its dedicated IPs, in the pool {stored.pool}."
        case ServiceKind.SENDING_RATE:
            what = f"may send {request.rate:g} e-mails a second: AWS has approved."
        case ServiceKind.DOMAIN_PACK:
            what = f"has {request.quantity} more pack(s) of domains."
        case ServiceKind.ASP:
            what = f"and its organisation have {request.quantity} more ASP pack(s) of domains."
    steps = ""
    if request.service in (ServiceKind.PROVISIONING, ServiceKind.ADDITIONAL_ACCOUNT):
        steps = f" What is to be set up next: `xes account setup {request.subject}`."
    return f"Account {request.subject} {what}{steps}"
