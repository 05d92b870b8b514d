"""Every five minutes: start services that were kept and never started, or lost on the way."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import logger
from onboarding.usecases.recover_services import recover_services

app = Bootstrap()
store, workflows = app.services, app.service_workflows


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    started = recover_services(store=store, workflows=workflows, clock=app.clock)
    logger.info("recovered", extra={"started": started})
    return {"started": started}
