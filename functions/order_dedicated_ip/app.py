"""State ``OrderDedicatedIp``: have dedicated IPs ordered."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.order_dedicated_ip import order_dedicated_ip

app = Bootstrap()
store = app.services
workflows = app.service_workflows


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return order_dedicated_ip(
        event["request_id"],
        event["task_token"],
        store=store,
        workflows=workflows,
        clock=app.clock,
    )
