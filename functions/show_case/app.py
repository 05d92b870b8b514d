"""``GET /console/{token}/domains/{domain}``: one domain's whole story, for agents."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, page, steady
from onboarding.usecases.show_case import show_case

app = Bootstrap()
links, store, documents, flags = app.pages, app.store, app.documents, app.flags
pages = app.console_pages


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    path = event["pathParameters"]
    case = show_case(
        path["token"],
        path["domain"],
        pages=links,
        store=store,
        documents=documents,
        flags=flags,
        clock=app.clock,
        real_clock=app.real_clock,
    )
    if case is None:
        return page(404, pages.unknown(), pages.policy)
    return page(200, pages.case(case, f"../../{path['token']}"), pages.policy)
