"""Services to JSON and back."""

from datetime import datetime
from typing import Any

from onboarding.domain.request import Ticket
from onboarding.domain.service import ServiceKind, ServiceRequest, ServiceState, StoredService

Json = dict[str, Any]


def service_to_json(stored: StoredService) -> Json:
    request = stored.request
    return {
        "request_id": stored.request_id,
        "received_at": stored.received_at.isoformat(),
        "since": stored.since.isoformat(),
        "why": stored.why,
        "attempt": stored.attempt,
        "pool": stored.pool,
        "dedicated_ips": list(stored.dedicated_ips),
        "increase_id": stored.increase_id,
        "task_token": stored.task_token,
        "ticket": {"source": request.ticket.source, "ticket_id": request.ticket.ticket_id},
        "account_id": request.account_id,
        "service": request.service.value,
        "quantity": request.quantity,
        "organisation_id": request.organisation_id,
        "new_account_id": request.new_account_id,
        "contact_email": request.contact_email,
        "rate": request.rate,
    }


def service_from_json(data: Json, state: ServiceState, version: int) -> StoredService:
    return StoredService(
        request_id=data["request_id"],
        request=ServiceRequest(
            ticket=Ticket(**data["ticket"]),
            account_id=data["account_id"],
            service=ServiceKind(data["service"]),
            quantity=data["quantity"],
            organisation_id=data["organisation_id"],
            new_account_id=data["new_account_id"],
            contact_email=data["contact_email"],
            rate=data["rate"],
        ),
        received_at=datetime.fromisoformat(data["received_at"]),
        since=datetime.fromisoformat(data["since"]),
        state=state,
        why=data["why"],
        attempt=data["attempt"],
        pool=data["pool"],
        dedicated_ips=tuple(data["dedicated_ips"]),
        increase_id=data["increase_id"],
        task_token=data["task_token"],
        version=version,
    )
