"""``GET /d/{token}``: the customer's page about a domain."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, page, query_of, steady
from onboarding.usecases.show_domain import show_domain

app = Bootstrap()
links, store, pages = app.pages, app.store, app.domain_pages


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    token = event["pathParameters"]["token"]
    shown = show_domain(token, links=links, store=store, clock=app.clock, real_clock=app.real_clock)
    if shown is None:
        return page(404, pages.unknown(), pages.policy)
    query = query_of(event)
    html, policy = pages.page(
        shown,
        app.random.token_hex(16),
        token,
        looked=query.get("looked", ""),
        renew=query.get("renew") == "on",
    )
    return page(200, html, policy)
