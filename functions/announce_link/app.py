"""State ``AnnounceLink``: tell of the link."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.announce_link import announce_link

app = Bootstrap()
store = app.store
mailer = app.mailer


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return announce_link(
        event["request_id"],
        store=store,
        mailer=mailer,
        clock=app.clock,
        random=app.random,
    )
