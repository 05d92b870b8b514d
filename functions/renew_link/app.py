"""State ``RenewLink``: have SES mail a new link."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.renew_link import renew_link

app = Bootstrap()
store = app.store
identities = app.address_identities


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return renew_link(
        event["request_id"],
        event["link"],
        store=store,
        identities=identities,
        clock=app.clock,
    )
