"""State ``SendRecords``: look at DNS, and mail the records."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.send_records import send_records

app = Bootstrap()
store = app.store
dns = app.later("dns")  # with the whole diagnosis: for the one run in which a mail is sent
mailer = app.mailer


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return send_records(
        event["request_id"],
        store=store,
        dns=dns,
        mailer=mailer,
        clock=app.clock,
        random=app.random,
    )
