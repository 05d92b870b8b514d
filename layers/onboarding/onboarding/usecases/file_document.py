"""File a document that was signed elsewhere: on paper, by an agent, or as the ticket says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.document import (
    MAX_FILE_OCTETS,
    DocumentState,
    How,
    IssuedDocument,
    Signature,
    StoredFile,
)
from onboarding.domain.lifecycle import State
from onboarding.usecases import documents as shared
from onboarding.usecases.current import stored_request
from onboarding.usecases.request_document import issue

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.ports import (
        Clock,
        DocumentStore,
        DocumentTexts,
        Files,
        Random,
        RequestStore,
        Workflows,
    )

    class Store(RequestStore, shared.Told, Protocol):
        """What filing reads and writes."""


MAY_BE_SIGNED: Final = frozenset(
    {State.REQUESTED, State.AWAITING_APPROVAL, State.AWAITING_DOCUMENT}
)


class NotWanted(Exception):
    """There is nothing to sign for; ``code`` and the text say why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class AlreadySigned(Exception):
    """The document was signed before; the first signature stays."""

    def __init__(self, document: IssuedDocument) -> None:
        super().__init__(f"{document.reference} is signed already.")
        self.document = document


def file_document(
    domain_name: str,
    signature: Signature,
    content: bytes,
    *,
    store: Store,
    documents: DocumentStore,
    texts: DocumentTexts,
    files: Files,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> IssuedDocument:
    """Record what an agent files: ``signature``, with ``content`` (a PDF) as its paper.

    Raises ``NotWanted`` and ``AlreadySigned``.
    """
    return sign_elsewhere(
        domain_name,
        signature,
        lambda document: _filed(document, content, files),
        store=store,
        documents=documents,
        texts=texts,
        workflows=workflows,
        clock=clock,
        random=random,
    )


def sign_elsewhere(
    domain_name: str,
    signature: Signature,
    filed: Callable[[IssuedDocument], StoredFile | None],
    *,
    store: Store,
    documents: DocumentStore,
    texts: DocumentTexts,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> IssuedDocument:
    """Record a signature that did not come by the page; ``filed`` keeps its paper, if any.

    The workflow need not have asked yet: when it does, it finds the answer. Raises ``NotWanted``
    and ``AlreadySigned``.
    """
    domain = store.domain(domain_name)
    if domain is None:
        raise NotWanted("unknown_domain", f"{domain_name} is not known here.")
    stored = stored_request(store, domain.request_id)
    if stored.request.document is not None or domain.mail_from is None:
        raise NotWanted(
            "not_needed",
            f"{domain.domain} waits for no document: no custom MAIL FROM is asked for, or the "
            "request itself names one.",
        )
    known = documents.document(domain.domain, domain.request_id)
    document = known or issue(
        stored, domain, documents=documents, texts=texts, clock=clock, random=random
    )
    _refuse(document, domain)
    if known is not None and signature.how is How.AGENT:
        # What an agent files is the paper that was asked for; what came before is another text.
        signature = replace(signature, version=known.version, sha256=known.sha256)
    file = filed(document)
    document = shared.change_document(
        documents,
        document,
        lambda d: (
            replace(d.signed(signature), file=file) if d.state is DocumentState.OPEN else None
        ),
    )
    if document.signature != signature:
        raise AlreadySigned(document)
    return shared.deliver(
        document, documents=documents, store=store, workflows=workflows, clock=clock
    )


def _refuse(document: IssuedDocument, domain: SendingDomain) -> None:
    if document.state is DocumentState.SIGNED:
        raise AlreadySigned(document)
    if document.state is not DocumentState.OPEN or domain.state not in MAY_BE_SIGNED:
        raise NotWanted(
            "too_late",
            f"{domain.domain} does not wait for its document any more: it is {domain.state.value}. "
            "Ask for it again first.",
        )


def _filed(document: IssuedDocument, content: bytes, files: Files) -> StoredFile:
    digest = hashlib.sha256(content).hexdigest()
    # Named by its content: a second scan, filed at the same time, does not take its place.
    file = StoredFile(f"{document.domain}/{document.reference}-{digest[:16]}.pdf", digest)
    files.put(file.key, content)
    return file


def is_pdf(content: bytes) -> bool:
    """By its first octets (ISO 32000-1, 7.5.2), and not over the limit."""
    return content.startswith(b"%PDF-") and len(content) <= MAX_FILE_OCTETS
