"""``POST /d/{token}``: a customer asks for a look at the domain at once."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, is_from_elsewhere, page, query_of, see_other, steady
from onboarding.observability import logger
from onboarding.usecases.check_now import Checked, check_now

app = Bootstrap()
links, store, pages = app.pages, app.store, app.domain_pages
# Nobody is looked for behind a dead link, and only what is complete is asked about at SES.
dns, identities, mailer = app.later("dns"), app.later("prompt_identities"), app.later("mailer")
watches = app.later("watches")


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    if is_from_elsewhere(event):
        return page(403, pages.refused("The form came from another website."), pages.policy)
    token = event["pathParameters"]["token"]
    checked = check_now(
        token,
        pages=links,
        store=store,
        watches=watches,
        dns=dns,
        identities=identities,
        mailer=mailer,
        clock=app.clock,
        real_clock=app.real_clock,
        random=app.random,
    )
    if checked is None:
        return page(404, pages.unknown(), pages.policy)
    logger.info("looked", extra={"domain": checked.domain.domain, "looked": checked.looked})
    if checked.fault is not None:
        logger.error(
            "a look was not finished",
            extra={"domain": checked.domain.domain},
            exc_info=checked.fault,
        )
    renew = "&renew=on" if query_of(event).get("renew") == "on" else ""
    # To the page by GET: loading it again asks for nothing.
    return see_other(f"{token}?looked={_said(checked)}{renew}")


def _said(checked: Checked) -> str:
    """By which of its notices the page says what came of it."""
    if checked.fault is not None:
        return "later"
    if checked.called:
        return "called"
    return "now" if checked.looked else "soon"
