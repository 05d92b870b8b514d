"""State ``AdmitService``: see whether the account may have the service."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.admit_service import admit_service

app = Bootstrap()
store = app.services


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return admit_service(
        event["request_id"],
        store=store,
        clock=app.clock,
    )
