"""State ``CreateIdentity``: create the identity at SES."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.create_identity import create_identity

app = Bootstrap()
store = app.provisioned_store
identities = app.identities


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return create_identity(
        event["request_id"],
        store=store,
        identities=identities,
        clock=app.clock,
    )
