"""State ``AssociateConfigurationSet``: let the tenant send with the set."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.associate_configuration_set import associate_configuration_set

app = Bootstrap()
store = app.services
tenancy = app.tenancy


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return associate_configuration_set(
        event["request_id"],
        store=store,
        tenancy=tenancy,
    )
