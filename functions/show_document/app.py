"""``GET /sign/{token}``: the page on which a document is read and signed, or its receipt."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.domain.document import DocumentState
from onboarding.domain.signing_form import Form
from onboarding.http import Answer, page, steady
from onboarding.usecases.show_document import show_document

app = Bootstrap()
documents, pages = app.documents, app.signing_pages


@steady
def handler(event: dict[str, Any], context: Any) -> Answer:
    token = event["pathParameters"]["token"]
    document = show_document(token, documents=documents, clock=app.clock)
    if document is None:
        return page(404, pages.unknown(), pages.policy)
    if document.state is DocumentState.SIGNED:
        return page(200, pages.receipt(document, f"{token}/document.pdf"), pages.policy)
    return page(200, pages.form(document, Form()), pages.policy)
