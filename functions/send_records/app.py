"""State ``SendRecords``: mail the records."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.send_records import send_records

app = Bootstrap()
store = app.store
mailer = app.mailer


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return send_records(
        event["request_id"],
        store=store,
        mailer=mailer,
        clock=app.clock,
        random=app.random,
    )
