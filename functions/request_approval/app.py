"""State ``RequestApproval``: ask a person, and wait for the answer."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.request_approval import request_approval

app = Bootstrap()
store = app.store
workflows = app.waiting_tasks
mailer = app.later("mailer")  # services have no contact to write to


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return request_approval(
        event["approval_id"],
        event["task_token"],
        store=store,
        workflows=workflows,
        mailer=mailer,
        clock=app.clock,
    )
