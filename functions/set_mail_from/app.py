"""State ``SetMailFrom``: set the custom MAIL FROM."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.set_mail_from import set_mail_from

app = Bootstrap()
store = app.store
documents = app.documents
identities = app.identities


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return set_mail_from(
        event["request_id"],
        store=store,
        documents=documents,
        identities=identities,
        clock=app.clock,
    )
