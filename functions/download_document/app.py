"""``GET /sign/{token}/document.pdf``: the signed document as a file."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, page, see_other, steady
from onboarding.usecases.download_document import download_document

app = Bootstrap()
documents, files = app.documents, app.files
pages = app.later("signing_pages")  # only a dead link gets one


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    token = event["pathParameters"]["token"]
    address = download_document(token, documents=documents, files=files, clock=app.clock)
    if address is None:
        return page(404, pages.unknown(), pages.policy)
    return see_other(address)
