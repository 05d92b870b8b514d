"""``GET /d/{token}/{format}``: the records of a domain as a file that only adds."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, attachment, page, steady
from onboarding.usecases.download_records import download_records

app = Bootstrap()
links, store = app.pages, app.store
pages = app.later("domain_pages")  # only a dead link gets one


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    path = event["pathParameters"]
    file = download_records(
        path["token"],
        path["format"],
        links=links,
        store=store,
        clock=app.clock,
        real_clock=app.real_clock,
    )
    if file is None:
        return page(404, pages.unknown(), pages.policy)
    return attachment(file.text, file.about.media_type, file.filename)
