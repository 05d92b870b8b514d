"""State ``ReportBatch``: one report of all lines of a list."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.report_batch import report_batch

app = Bootstrap()
store, batches, files = app.store, app.batches, app.batch_files


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return report_batch(
        event["batch_id"], tickets=store, batches=batches, files=files, clock=app.clock
    )
