"""The document behind a signing link, to be read, signed or shown as signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.domain.tokens import token_hash

if TYPE_CHECKING:
    from onboarding.domain.document import IssuedDocument
    from onboarding.ports import Clock, DocumentStore


def show_document(token: str, *, documents: DocumentStore, clock: Clock) -> IssuedDocument | None:
    """Nothing for a token that is unknown, malformed or of a document that was neither signed in
    time nor still can be: the holder learns no more than that it opens nothing."""
    document = documents.document_of_link(token_hash(token))
    now = clock.now()
    if document is None or not (document.is_open(now) or document.shows_receipt(now)):
        return None
    return document
