"""State ``AssociateIdentities``: let the tenant send from the account's domains."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.associate_identities import associate_identities

app = Bootstrap()
store = app.services
identities = app.identities


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return associate_identities(
        event["request_id"],
        event["after"],
        store=store,
        identities=identities,
    )
