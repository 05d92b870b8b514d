"""State ``CreateAddressIdentity``: have SES mail its link."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.create_address_identity import create_address_identity

app = Bootstrap()
store = app.store
identities = app.address_identities


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return create_address_identity(
        event["request_id"],
        store=store,
        identities=identities,
        clock=app.clock,
    )
