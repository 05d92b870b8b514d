"""Services, and what an account has, to JSON and back."""

from datetime import datetime
from typing import Any

from onboarding.domain.request import Ticket
from onboarding.domain.service import ServiceKind, ServiceRequest, ServiceState, StoredService
from onboarding.domain.setup_list import Review, SetupItem, SetupList, Tick

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


def setup_to_json(setup: SetupList) -> Json:
    review = setup.review
    return {
        "account_id": setup.account_id,
        "ticks": {
            item.value: {"at": tick.at.isoformat(), "by": tick.by, "note": tick.note}
            for item, tick in setup.ticks.items()
        },
        "sheet": setup.sheet,
        "review": review
        and {"at": review.at.isoformat(), "passed": review.passed, "message": review.message},
    }


def setup_from_json(data: Json, version: int) -> SetupList:
    review = data["review"]
    return SetupList(
        account_id=data["account_id"],
        ticks={
            SetupItem(item): Tick(datetime.fromisoformat(tick["at"]), tick["by"], tick["note"])
            for item, tick in data["ticks"].items()
        },
        sheet=data["sheet"],
        review=review
        and Review(datetime.fromisoformat(review["at"]), review["passed"], review["message"]),
        version=version,
    )
