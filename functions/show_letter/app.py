"""``GET /console/{token}/domains/{domain}/mails/{key}``: a mail as it was sent, to be saved."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, attachment, page, steady
from onboarding.usecases.show_letter import show_letter

app = Bootstrap()
links, store = app.pages, app.store
pages = app.later("console_pages")  # only a dead link gets one


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    path = event["pathParameters"]
    letter = show_letter(
        path["token"],
        path["domain"],
        path["key"],
        pages=links,
        store=store,
        real_clock=app.real_clock,
    )
    if letter is None:
        return page(404, pages.unknown(), pages.policy)
    # Our own mails are in UTF-8 where they are not in ASCII, and so is every answer.
    text = letter.message.decode(errors="replace")
    return attachment(text, "message/rfc822", f"{letter.kind}.eml")
