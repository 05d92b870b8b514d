"""State ``ReadBatch``: read a list, and count what it takes."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.read_batch import read_batch

app = Bootstrap()
store, batches, files, rules, desks = (
    app.store,
    app.batches,
    app.batch_files,
    app.rules,
    app.ticket_desks,
)


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return read_batch(
        event["batch_id"],
        store=store,
        batches=batches,
        files=files,
        desk_of=desks.get,
        rules=rules,
        clock=app.clock,
    )
