"""Ask the customer to sign the responsibility document, and let the workflow wait for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.document import PATIENCE, DocumentState, Facts, IssuedDocument
from onboarding.domain.letters import LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain, StoredRequest
from onboarding.usecases import documents as shared
from onboarding.usecases.current import Change, current_domain, stored_request, update
from onboarding.usecases.mail_once import doubt, negation

if TYPE_CHECKING:
    from onboarding.ports import (
        Clock,
        DocumentStore,
        DocumentTexts,
        Mailer,
        Random,
        RequestStore,
        SigningLinks,
        Workflows,
    )

    class Store(RequestStore, shared.Store, Protocol):
        """What asking reads and writes."""


def request_document(
    request_id: str,
    task_token: str,
    *,
    store: Store,
    documents: DocumentStore,
    texts: DocumentTexts,
    links: SigningLinks,
    mailer: Mailer,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> dict[str, Any]:
    """``{"asked": true}``; ``{"asked": false}`` where it is decided already.

    The workflow waits for ``task_token``, not for this answer. A document that was decided before,
    for an execution that is gone or by an agent who was quicker, lets the new one go on at once.
    """
    stored = stored_request(store, request_id)
    domain = current_domain(store, stored.request.domain, request_id)
    document = issue(stored, domain, documents=documents, texts=texts, clock=clock, random=random)
    document = shared.change_document(
        documents,
        document,
        lambda d: (
            replace(d, task_token=task_token, delivered=False)
            if d.task_token != task_token
            else None
        ),
    )
    if document.state is not DocumentState.OPEN:
        workflows.resume(task_token, document.outcome)
        shared.change_document(documents, document, lambda d: replace(d, delivered=True))
        return {"asked": False}
    domain = update(store, domain.domain, request_id, lambda d: _awaiting(d, document, clock))
    sender = shared.LinkMailer(document, documents, links, mailer, random, clock)
    posted = shared.mail_link(LetterKind.DOCUMENT, "document", domain, store=store, mailer=sender)
    store.comment(
        domain.ticket,
        f"document-{request_id}",
        f"{domain.domain} gets a MAIL FROM of its own, so the customer has to sign for bounces and "
        f"complaints first: a link to document {document.reference} was {negation(posted)}mailed "
        f"to the contact. It can be signed until {document.expires_at:%-d %B %Y}; an agent may "
        f"file a signed one with `xes sign {domain.domain}`.{doubt(posted)}",
        clock.now(),
    )
    return {"asked": True}


def issue(
    stored: StoredRequest,
    domain: SendingDomain,
    *,
    documents: DocumentStore,
    texts: DocumentTexts,
    clock: Clock,
    random: Random,
) -> IssuedDocument:
    """The request's document; written now where there is none."""
    found = documents.document(domain.domain, stored.request_id)
    if found is not None:
        return found
    now = clock.now()
    facts = Facts(
        reference=f"RD-{random.token_hex(6).upper()}",
        domain=domain.domain,
        mail_from=f"{stored.request.mail_from}.{domain.domain}",
        account_id=domain.account_id,
        issued_at=now,
    )
    text = texts.write(facts, texts.current)
    return documents.issue(
        IssuedDocument(facts, stored.request_id, texts.current, text, now + PATIENCE)
    )


def _awaiting(domain: SendingDomain, document: IssuedDocument, clock: Clock) -> Change | None:
    if domain.state is State.AWAITING_DOCUMENT:
        return None
    now = clock.now()
    entry = Entry(
        now,
        "document_requested",
        f"A custom MAIL FROM needs the signed responsibility document {document.reference}.",
    )
    return domain.become(State.AWAITING_DOCUMENT, now), (entry,)
