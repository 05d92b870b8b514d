"""``GET /console/{token}``: the agents' first page."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, page, query_of, steady
from onboarding.usecases.show_console import show_console

app = Bootstrap()
links, store, pages = app.pages, app.store, app.console_pages


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    token, query = event["pathParameters"]["token"], query_of(event)
    console = show_console(
        token,
        query.get("state", ""),
        query.get("q", ""),
        links=links,
        store=store,
        clock=app.clock,
        real_clock=app.real_clock,
    )
    if console is None:
        return page(404, pages.unknown(), pages.policy)
    return page(200, pages.console(console, token), pages.policy)
