"""State ``ExpireAddress``: end a request whose link was never opened."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.expire_address import expire_address

app = Bootstrap()
store = app.store
mailer = app.mailer


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return expire_address(
        event["request_id"],
        store=store,
        mailer=mailer,
        clock=app.clock,
    )
