"""State ``AttachDedicatedIpPool``: send from the pool that was recorded."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.attach_dedicated_ip_pool import attach_dedicated_ip_pool

app = Bootstrap()
store = app.services
tenancy = app.tenancy


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return attach_dedicated_ip_pool(
        event["request_id"],
        store=store,
        tenancy=tenancy,
        clock=app.clock,
    )
