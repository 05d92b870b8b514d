"""State ``SendAddressReminder``: remind of the link."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.domain.schedule import Reminder
from onboarding.observability import task
from onboarding.usecases.send_address_reminder import send_address_reminder

app = Bootstrap()
store = app.store
mailer = app.mailer


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return send_address_reminder(
        event["request_id"],
        Reminder(event["reminder"]),
        store=store,
        mailer=mailer,
        clock=app.clock,
    )
