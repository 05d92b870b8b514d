"""State ``FailBatch``: say in a list's ticket that a fault stopped it."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.fail_batch import fail_batch

app = Bootstrap()
store, batches = app.store, app.batches


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return fail_batch(event["batch_id"], tickets=store, batches=batches, clock=app.clock)
