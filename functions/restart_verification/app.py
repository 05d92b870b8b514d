"""State ``RestartVerification``: start SES's search again."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.restart_verification import restart_verification

app = Bootstrap()
store = app.store
identities = app.identities


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return restart_verification(
        event["request_id"],
        event["domain"],
        store=store,
        identities=identities,
        clock=app.clock,
    )
