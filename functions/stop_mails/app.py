"""``POST /unsubscribe/{token}``: stops e-mails by one click (RFC 8058), or lets them come again."""

from typing import Any, Final

from onboarding.bootstrap import Bootstrap
from onboarding.domain.stopping import ONE_CLICK
from onboarding.http import Answer, body_of, fields_of, is_from_elsewhere, page, steady
from onboarding.observability import logger
from onboarding.usecases.stop_mails import stop_mails

MAX_BODY_OCTETS: Final = 4 * 1024
AGAIN: Final = ("mails", "again")

app = Bootstrap()
links, store, pages = app.pages, app.store, app.mail_pages


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    fields = fields_of(event) if len(body_of(event)) <= MAX_BODY_OCTETS else {}
    again = AGAIN in fields.items()
    if ONE_CLICK not in fields.items() and not again:
        return page(400, pages.refused("What was sent is not the page's form."), pages.policy)
    # A mail program stops from wherever it is, by the token alone. Only our page takes that back.
    if again and is_from_elsewhere(event):
        return page(403, pages.refused("The form came from another website."), pages.policy)
    mailing = stop_mails(
        event["pathParameters"]["token"],
        again=again,
        links=links,
        store=store,
        clock=app.clock,
        real_clock=app.real_clock,
    )
    if mailing is None:
        return page(404, pages.unknown(), pages.policy)
    logger.info("mails", extra={"request": mailing.link.request_id, "stopped": mailing.stopped})
    # No redirect: whoever clicks for a recipient follows none (RFC 8058 §3.1).
    return page(200, pages.page(mailing, done=True), pages.policy)
