"""State ``CheckAddress``: ask SES whether the link was opened."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.check_address import check_address

app = Bootstrap()
store = app.store
identities = app.address_identities


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return check_address(
        event["request_id"],
        store=store,
        identities=identities,
        clock=app.clock,
        random=app.random,
    )
