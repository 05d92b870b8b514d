"""On a schedule: remind of documents, expire them, deliver what became of them."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.follow_up_documents import follow_up_documents

app = Bootstrap()
store, documents, papers = app.store, app.documents, app.papers
# Most runs find nothing to do: what acts is made when there is.
files, links, mailer = app.later("files"), app.later("signing_links"), app.later("mailer")
workflows = app.later("waiting_tasks")


@task
def handler(event: dict[str, Any]) -> dict[str, int]:
    return follow_up_documents(
        documents=documents,
        store=store,
        files=files,
        papers=papers,
        links=links,
        mailer=mailer,
        workflows=workflows,
        clock=app.clock,
        random=app.random,
    )
