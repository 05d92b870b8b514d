"""State ``MarkVerified``: mark the domain verified and tell."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.mark_verified import mark_verified

app = Bootstrap()
store = app.store
mailer = app.mailer


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return mark_verified(
        event["request_id"],
        event["domain"],
        store=store,
        mailer=mailer,
        clock=app.clock,
    )
