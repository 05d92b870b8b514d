"""Every minute: call for the checks that are due."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.poll_domains import poll_domains

app = Bootstrap()
watches = app.watches
queue = app.later("check_queue")  # in most minutes of a small system nothing is due


@task
def handler(event: dict[str, Any]) -> dict[str, int]:
    return {"called": poll_domains(watches=watches, queue=queue, clock=app.clock)}
