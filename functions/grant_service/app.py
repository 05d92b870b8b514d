"""State ``GrantService``: write down what was bought."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.grant_service import grant_service

app = Bootstrap()
store = app.services


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return grant_service(
        event["request_id"],
        store=store,
        clock=app.clock,
    )
