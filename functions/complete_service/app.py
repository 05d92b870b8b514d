"""State ``CompleteService``: end a service that is set up."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.complete_service import complete_service

app = Bootstrap()
store = app.services


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return complete_service(
        event["request_id"],
        store=store,
        clock=app.clock,
    )
