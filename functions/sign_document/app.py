"""``POST /sign/{token}``: somebody signs the document."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import (
    Answer,
    address_of,
    body_of,
    form_of,
    headers_of,
    is_from_elsewhere,
    page,
    see_other,
    steady,
)
from onboarding.observability import logger
from onboarding.usecases.sign_document import MAX_BODY_OCTETS, Caller, sign_document

app = Bootstrap()
documents, store, papers = app.documents, app.store, app.papers
files = app.later("files")  # nothing is filed for a form that is not complete
workflows, pages = app.waiting_tasks, app.signing_pages


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    if is_from_elsewhere(event):
        return page(403, pages.refused("The form came from another website."), pages.policy)
    if len(body_of(event)) > MAX_BODY_OCTETS:
        return page(413, pages.refused("That was far more than the form asks for."), pages.policy)
    fields = form_of(event)
    if fields is None:
        return page(400, pages.refused("What was sent is not the page's form."), pages.policy)
    token = event["pathParameters"]["token"]
    signing = sign_document(
        token,
        fields,
        Caller(address_of(event), headers_of(event).get("user-agent")),
        documents=documents,
        store=store,
        files=files,
        papers=papers,
        workflows=workflows,
        clock=app.clock,
    )
    if signing is None:
        return page(404, pages.unknown(), pages.policy)
    if signing.form is not None:
        return page(422, pages.form(signing.document, signing.form), pages.policy)
    reference, domain = signing.document.reference, signing.document.domain
    logger.info("signed", extra={"reference": reference, "domain": domain})
    if signing.fault is not None:
        logger.error("signed, not settled", extra={"reference": reference}, exc_info=signing.fault)
    # To the receipt by GET: loading it again signs nothing.
    return see_other(token)
