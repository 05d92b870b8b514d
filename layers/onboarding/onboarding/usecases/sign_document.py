"""Sign a document on its page: record the signature, file the paper, let the workflow go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from onboarding.domain.document import How, IssuedDocument, Signature
from onboarding.domain.signing_form import Form, read_form
from onboarding.usecases import documents as shared
from onboarding.usecases.show_document import show_document

if TYPE_CHECKING:
    from onboarding.ports import Clock, DocumentStore, Files, Papers, Workflows

MAX_BODY_OCTETS: Final = 16 * 1024
"""Of the form that is sent in: three fields."""

MAX_AGENT: Final = 300
"""Characters that are kept of what a browser says of itself."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a signature came from, as the API saw it."""

    address: str
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Signing:
    """What came of it: the document, and the form where it has to be filled in again.

    ``fault`` is what kept the rest from being done. The signature is kept all the same, and
    ``follow_up_documents`` does the rest: the signer need not know.
    """

    document: IssuedDocument
    form: Form | None = None
    fault: Exception | None = None


def sign_document(
    token: str,
    fields: Mapping[str, str],
    caller: Caller,
    *,
    documents: DocumentStore,
    store: shared.Told,
    files: Files,
    papers: Papers,
    workflows: Workflows,
    clock: Clock,
) -> Signing | None:
    """Nothing where the link opens nothing. The first signature stays: a second one gets to see
    it."""
    document = show_document(token, documents=documents, clock=clock)
    if document is None:
        return None
    now = clock.now()
    if document.is_open(now):
        form = read_form(fields)
        if form.errors:
            return Signing(document, form)
        signature = Signature(
            form.signer,
            now,
            How.PAGE,
            version=document.version,
            sha256=document.sha256,
            address=caller.address,
            agent=None if caller.agent is None else caller.agent[:MAX_AGENT],
        )
        document = shared.change_document(
            documents, document, lambda d: d.signed(signature) if d.is_open(now) else None
        )
        if document.signature is None:
            return None  # it expired or was revoked in this very moment
    try:
        settled = shared.settle(
            document,
            documents=documents,
            store=store,
            files=files,
            papers=papers,
            workflows=workflows,
            clock=clock,
        )
    except Exception as fault:
        return Signing(document, fault=fault)
    return Signing(settled)
