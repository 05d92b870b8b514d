"""State ``SeparateSuppression``: keep the suppression lists apart."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.separate_suppression import separate_suppression

app = Bootstrap()
store = app.services
tenancy = app.tenancy


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return separate_suppression(
        event["request_id"],
        store=store,
        tenancy=tenancy,
    )
