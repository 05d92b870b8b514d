"""State ``RequestSendingRate``: ask AWS for a sending rate."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.request_sending_rate import request_sending_rate

app = Bootstrap()
store = app.services
rates = app.sending_rates


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return request_sending_rate(
        event["request_id"],
        store=store,
        rates=rates,
        clock=app.clock,
        random=app.random,
    )
