"""``GET /console/{token}/approvals/{approval_id}``: what is asked, and the form that answers it."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, page, query_of, steady
from onboarding.usecases.show_approval import show_approval

app = Bootstrap()
links, store, pages = app.pages, app.store, app.console_pages

NOTICES = {
    "counted": "Decided. The ticket and whoever waits are told.",
    "before": "Somebody had decided before; that decision counts.",
    "nothing": "Nothing was decided.",
}


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    path = event["pathParameters"]
    asked = show_approval(
        path["token"],
        path["approval_id"],
        links=links,
        store=store,
        clock=app.clock,
        real_clock=app.real_clock,
    )
    if asked is None:
        return page(404, pages.unknown(), pages.policy)
    notice = NOTICES.get(query_of(event).get("said", ""), "")
    html = pages.approval(asked, f"../../{path['token']}", notice=notice)
    return page(200, html, pages.policy)
