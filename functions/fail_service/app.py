"""State ``FailService``: end a service that a fault stopped."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.fail_service import fail_service

app = Bootstrap()
store = app.services


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return fail_service(
        event["request_id"],
        event["error"],
        event["cause"],
        store=store,
        clock=app.clock,
    )
