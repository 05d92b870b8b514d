"""State ``FailRequest``: end a request after a fault."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.fail_request import fail_request

app = Bootstrap()
store = app.store


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return fail_request(
        event["request_id"],
        event["error"],
        event["cause"],
        store=store,
        clock=app.clock,
    )
