"""On a schedule: start what was kept but never started, and take up what was lost on the way."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.recover_requests import recover_requests

app = Bootstrap()
store = app.store
workflows = app.workflows


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return recover_requests(store=store, workflows=workflows, clock=app.clock, random=app.random)
