"""State ``CreateTenant``: create the account's tenant at SES."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.create_tenant import create_tenant

app = Bootstrap()
store = app.services
tenancy = app.tenancy


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return create_tenant(
        event["request_id"],
        store=store,
        tenancy=tenancy,
    )
