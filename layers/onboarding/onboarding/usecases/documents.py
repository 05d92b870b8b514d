"""What the use cases about responsibility documents share: changing one, mailing its link, and
settling what follows from its state."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from onboarding.domain.document import DocumentState, IssuedDocument, StoredFile
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.tokens import TOKEN_OCTETS, token_hash
from onboarding.port_errors import ConcurrentChange, MailRefused
from onboarding.usecases.current import MAX_TRIES, Change, Superseded, update
from onboarding.usecases.mail_once import Posted, entry_for, mail_once

if TYPE_CHECKING:
    from onboarding.ports import (
        Clock,
        DocumentStore,
        DomainStore,
        Files,
        Mailer,
        MailLedger,
        Papers,
        Random,
        SigningLinks,
        Tickets,
        Workflows,
    )

    class Told(DomainStore, Tickets, Protocol):
        """Where it is written what became of a document."""

    class Store(Told, MailLedger, Protocol):
        """The same, with the mails that are sent about it."""


def change_document(
    documents: DocumentStore,
    document: IssuedDocument,
    change: Callable[[IssuedDocument], IssuedDocument | None],
) -> IssuedDocument:
    """Change, write; read and try again where somebody else wrote in between.

    ``change`` returns nothing where the document is as it should be already.
    """
    for _ in range(MAX_TRIES):
        changed = change(document)
        if changed is None:
            return document
        try:
            return documents.save_document(changed)
        except ConcurrentChange:
            found = documents.document(document.domain, document.request_id)
            assert found is not None  # documents are never deleted
            document = found
    raise ConcurrentChange(f"{document.reference} was changed by others {MAX_TRIES} times in a row")


@dataclass(frozen=True)
class LinkMailer:
    """A ``Mailer`` that puts a fresh link into the letter as it goes out.

    Each mail has a token of its own, since only hashes are kept. A link that cannot be kept is a
    mail that certainly did not go out.
    """

    document: IssuedDocument
    documents: DocumentStore
    links: SigningLinks
    mailer: Mailer
    random: Random
    clock: Clock

    def send(self, letter: Letter) -> str:
        try:
            token = self.random.token_hex(TOKEN_OCTETS)
            link = self.links.url(token)
            self.documents.put_link(token_hash(token), self.document, self.clock.now())
        except Exception as error:
            raise MailRefused(f"the link could not be made: {type(error).__name__}") from error
        return self.mailer.send(replace(letter, link=link))


def mail_link(
    kind: LetterKind, occasion: str, domain: SendingDomain, *, store: Store, mailer: LinkMailer
) -> Posted:
    """Mail the link once for ``occasion``, and put it on the timeline."""
    document = mailer.document
    letter = Letter(
        kind=kind,
        key=occasion,
        recipient=domain.contact_email,
        domain=domain.domain,
        ticket=domain.ticket,
        request_id=document.request_id,
        mail_from=document.facts.mail_from,
        expires_at=document.expires_at,
    )
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=mailer.clock)
    if not posted.is_repeat:
        entry = entry_for(letter, posted, mailer.clock)
        note(domain.domain, document.request_id, entry, store, once=posted is Posted.UNRESOLVED)
    return posted


def note(
    domain: str, request_id: str, entry: Entry, store: DomainStore, *, once: bool = True
) -> None:
    """A line on the timeline, as long as it is this request's; ``once``: unless it stands there."""

    def noted(found: SendingDomain) -> Change | None:
        if once and any(_same(entry, other) for other in store.timeline(domain)):
            return None
        return found, (entry,)

    try:
        update(store, domain, request_id, noted)
    except Superseded:
        return


def _same(entry: Entry, other: Entry) -> bool:
    return (entry.what, entry.why) == (other.what, other.why)


def settle(
    document: IssuedDocument,
    *,
    documents: DocumentStore,
    store: Told,
    files: Files,
    papers: Papers,
    workflows: Workflows,
    clock: Clock,
) -> IssuedDocument:
    """Do what follows from a document that is no longer open: file its paper, tell the ticket, and
    let the workflow go on. Safe to repeat; a fault leaves the rest for ``follow_up_documents``."""
    document = _filed(document, documents, files, papers)
    return deliver(document, documents=documents, store=store, workflows=workflows, clock=clock)


def deliver(
    document: IssuedDocument,
    *,
    documents: DocumentStore,
    store: Told,
    workflows: Workflows,
    clock: Clock,
) -> IssuedDocument:
    """The same for a document that needs no paper of ours."""
    if not document.delivered:
        if document.state is DocumentState.SIGNED:
            _tell(document, store, clock)
        _deliver(document, workflows)
        document = change_document(
            documents, document, lambda d: None if d.delivered else replace(d, delivered=True)
        )
    return document


def _filed(
    document: IssuedDocument, documents: DocumentStore, files: Files, papers: Papers
) -> IssuedDocument:
    if not document.lacks_paper:
        return document
    paper = papers.print(document)
    files.put(document.key, paper)
    file = StoredFile(document.key, hashlib.sha256(paper).hexdigest())
    return change_document(
        documents, document, lambda d: None if d.file is not None else replace(d, file=file)
    )


def _tell(document: IssuedDocument, store: Told, clock: Clock) -> None:
    assert document.signature is not None  # it is signed
    signature, reference = document.signature, document.reference
    if signature.reference:
        reference += f" ({signature.reference})"
    who = signature.signer.name + (f", {signature.signer.role}" if signature.signer.role else "")
    by = f"agent {signature.by}" if signature.by else "customer"
    entry = Entry(
        clock.now(),
        "document_signed",
        f"Responsibility document {reference} is signed by {who} ({signature.how.value}).",
        by,
    )
    note(document.domain, document.request_id, entry, store)
    domain = store.domain(document.domain)
    if domain is None or domain.request_id != document.request_id:
        return
    store.comment(
        domain.ticket,
        f"document-signed-{document.request_id}",
        f"The responsibility document {reference} for {document.domain} is signed by {who}. The "
        "set-up goes on by itself.",
        clock.now(),
    )


def _deliver(document: IssuedDocument, workflows: Workflows) -> None:
    """Whether or not the execution still waits: one that comes later, after a time-out or a lost
    execution, finds the outcome in the store."""
    if document.task_token is not None:
        workflows.resume(document.task_token, document.outcome)
