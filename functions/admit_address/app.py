"""State ``AdmitAddress``: claim the address for its account."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.admit_address import admit_address

app = Bootstrap()
store = app.store


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return admit_address(
        event["request_id"],
        store=store,
        clock=app.clock,
    )
