"""State ``SubmitLine``: ask for the domain of one line of a list."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.submit_line import submit_line

app = Bootstrap()
store, batches, workflows, rules = app.store, app.batches, app.workflows, app.rules


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return submit_line(
        event["batch_id"],
        event["line"],
        store=store,
        batches=batches,
        workflows=workflows,
        rules=rules,
        clock=app.clock,
        random=app.random,
    )
