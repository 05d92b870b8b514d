"""State ``RejectRequest``: end a request that cannot be fulfilled."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.reject_request import reject_request

app = Bootstrap()
store = app.store


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return reject_request(
        event["request_id"],
        event["code"],
        event["reason"],
        store=store,
        clock=app.clock,
    )
