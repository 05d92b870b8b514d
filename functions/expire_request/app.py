"""State ``ExpireRequest``: end a request whose records never came."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.expire_request import expire_request

app = Bootstrap()
store = app.store
documents = app.documents
mailer = app.mailer


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return expire_request(
        event["request_id"],
        event["domain"],
        event["reason"],
        store=store,
        documents=documents,
        mailer=mailer,
        clock=app.clock,
    )
