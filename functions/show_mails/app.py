"""``GET /unsubscribe/{token}``: asks whether e-mails are to be stopped, and changes nothing."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, page, steady
from onboarding.usecases.show_mails import show_mails

app = Bootstrap()
links, store, pages = app.pages, app.store, app.mail_pages


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    token = event["pathParameters"]["token"]
    mailing = show_mails(token, links=links, store=store, real_clock=app.real_clock)
    if mailing is None:
        return page(404, pages.unknown(), pages.policy)
    return page(200, pages.page(mailing), pages.policy)
