"""State ``SendCorrection``: mail what is wrong, with the cure."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.send_correction import send_correction

app = Bootstrap()
store = app.store
mailer = app.mailer


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return send_correction(
        event["request_id"],
        event["domain"],
        store=store,
        mailer=mailer,
        clock=app.clock,
    )
