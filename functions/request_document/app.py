"""State ``RequestDocument``: ask for the signed responsibility document."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.request_document import request_document

app = Bootstrap()
store, documents, texts = app.store, app.documents, app.document_texts
links, mailer = app.signing_links, app.mailer
# Only a document that has its outcome already lets the task go on at once.
workflows = app.later("waiting_tasks")


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return request_document(
        event["request_id"],
        event["task_token"],
        store=store,
        documents=documents,
        texts=texts,
        links=links,
        mailer=mailer,
        workflows=workflows,
        clock=app.clock,
        random=app.random,
    )
