"""On a schedule: let approvals expire, and deliver decisions that did not arrive."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.expire_approvals import expire_approvals

app = Bootstrap()
store = app.store
workflows = app.waiting_tasks


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return expire_approvals(store=store, workflows=workflows, clock=app.clock)
