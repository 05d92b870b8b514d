"""State ``GrantBatch``: apply what a list was approved."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.grant_batch import grant_batch

app = Bootstrap()
store, batches = app.store, app.batches


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return grant_batch(event["batch_id"], store=store, batches=batches, clock=app.clock)
