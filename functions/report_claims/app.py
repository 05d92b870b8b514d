"""On a schedule: raise an alarm for mails of which nobody knows whether they went out."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.report_claims import report_claims

app = Bootstrap()
store = app.store


@task
def handler(event: dict[str, Any]) -> dict[str, int]:
    return {"reported": report_claims(store=store, clock=app.clock)}
