"""State ``AdmitRequest``: take the domain for its account."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.admit_request import admit_request

app = Bootstrap()
store = app.store
rules = app.rules


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return admit_request(
        event["request_id"],
        store=store,
        rules=rules,
        clock=app.clock,
    )
