"""State ``RejectService``: end a service that cannot be had."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.reject_service import reject_service

app = Bootstrap()
store = app.services


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return reject_service(
        event["request_id"],
        event["code"],
        event["reason"],
        store=store,
        clock=app.clock,
    )
