"""On a schedule: start what was kept but never started."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.recover_requests import recover_requests

app = Bootstrap()
store = app.store
workflows = app.workflows


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return {"started": recover_requests(store=store, workflows=workflows, clock=app.clock)}
