"""State ``OffboardDomain``: give a domain up."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.domain.request import Ticket
from onboarding.observability import task
from onboarding.usecases.offboard_domain import offboard_domain

app = Bootstrap()
store, workflows, identities = app.store, app.waiting_tasks, app.identities


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return offboard_domain(
        event["request_id"],
        event["domain"],
        event["by"],
        Ticket(**event["ticket"]),
        store=store,
        identities=identities,
        workflows=workflows,
        clock=app.clock,
    )
