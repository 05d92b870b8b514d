"""On a schedule: remind of documents that wait, expire those that waited too long, and deliver
outcomes that never reached their workflow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from onboarding.domain.document import DocumentState, IssuedDocument, due_reminder
from onboarding.domain.letters import LetterKind
from onboarding.domain.lifecycle import State
from onboarding.usecases import documents as shared

if TYPE_CHECKING:
    from onboarding.ports import (
        Clock,
        DocumentStore,
        Files,
        Mailer,
        Papers,
        Random,
        SigningLinks,
        Workflows,
    )

GRACE: Final = timedelta(hours=1)
"""A document younger than this may be one whose domain is just being written."""

_BEFORE: Final = frozenset({State.REQUESTED, State.AWAITING_APPROVAL})


@dataclass(frozen=True)
class _FollowUp:
    """The ports of one run."""

    documents: DocumentStore
    store: shared.Store
    files: Files
    papers: Papers
    links: SigningLinks
    mailer: Mailer
    workflows: Workflows
    clock: Clock
    random: Random

    def follow(self, document: IssuedDocument) -> str | None:
        """What was done for it: ``reminded``, ``expired``, ``delivered``, or nothing."""
        if document.state is not DocumentState.OPEN:
            self._settle(document)
            return "delivered"
        if not self._is_waited_for(document):
            self._expire(document)
            return "expired"
        return self._remind(document)

    def _is_waited_for(self, document: IssuedDocument) -> bool:
        """Within its time, and by the domain's current request."""
        domain, now = self.store.domain(document.domain), self.clock.now()
        if domain is None or domain.state in _BEFORE:
            # Just issued: the domain's state is written a moment later.
            return now < document.facts.issued_at + GRACE
        ours = domain.request_id == document.request_id
        return ours and domain.state is State.AWAITING_DOCUMENT and document.is_open(now)

    def _expire(self, document: IssuedDocument) -> None:
        def expired(found: IssuedDocument) -> IssuedDocument | None:
            still_open = found.state is DocumentState.OPEN  # else signed in this very moment
            return replace(found, state=DocumentState.EXPIRED) if still_open else None

        self._settle(shared.change_document(self.documents, document, expired))

    def _settle(self, document: IssuedDocument) -> None:
        shared.settle(
            document,
            documents=self.documents,
            store=self.store,
            files=self.files,
            papers=self.papers,
            workflows=self.workflows,
            clock=self.clock,
        )

    def _remind(self, document: IssuedDocument) -> str | None:
        due = due_reminder(document, self.clock.now())
        domain = self.store.domain(document.domain)
        if due is None or domain is None:
            return None
        sender = shared.LinkMailer(
            document, self.documents, self.links, self.mailer, self.random, self.clock
        )
        shared.mail_link(
            LetterKind.DOCUMENT_REMINDER,
            f"document-{due}",
            domain,
            store=self.store,
            mailer=sender,
        )
        shared.change_document(
            self.documents,
            document,
            lambda d: None if due in d.reminded else replace(d, reminded=d.reminded | {due}),
        )
        return "reminded"


def follow_up_documents(
    *,
    documents: DocumentStore,
    store: shared.Store,
    files: Files,
    papers: Papers,
    links: SigningLinks,
    mailer: Mailer,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> dict[str, int]:
    """How often what was done: ``{"reminded": 1, "expired": 2}``. Safe to run twice at once.

    Raises ``ExceptionGroup`` of what failed, after all others were followed up.
    """
    run = _FollowUp(documents, store, files, papers, links, mailer, workflows, clock, random)
    done: Counter[str] = Counter()
    failures = []
    for listed in documents.unsettled():
        try:
            # The list may lag: what is decided on is read afresh.
            document = documents.document(listed.domain, listed.request_id)
            what = None if document is None else run.follow(document)
        except Exception as failure:  # one that fails must not hold up the others
            failures.append(failure)
        else:
            done.update([what] if what else [])
    if failures:
        raise ExceptionGroup("some documents could not be followed up", failures)
    return dict(done)
