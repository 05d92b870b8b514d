"""State ``CreateEventDestination``: send feedback to the topic."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.create_event_destination import create_event_destination

app = Bootstrap()
store = app.services
tenancy = app.tenancy
topic = app.feedback_topic


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return create_event_destination(
        event["request_id"],
        store=store,
        tenancy=tenancy,
        topic=topic,
    )
