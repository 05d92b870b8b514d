"""End a request whose records, or whose signature, never came, and tell the customer how to take it
up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.document import DocumentState
from onboarding.domain.letters import LetterKind
from onboarding.domain.lifecycle import ESTABLISHED, State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.usecases.current import (
    Change,
    Superseded,
    current_domain,
    stored_request,
    update,
)
from onboarding.usecases.mail_once import doubt
from onboarding.usecases.mark_verified import tell
from onboarding.usecases.reject_request import end_subject

if TYPE_CHECKING:
    from onboarding.ports import AddressStore, Clock, DocumentStore, Mailer
    from onboarding.usecases.mark_verified import Store as MarkingStore

    class Store(MarkingStore, AddressStore, Protocol):
        """What expiring reads and writes."""


def expire_request(
    request_id: str,
    domain_name: str,
    why: str,
    *,
    store: Store,
    documents: DocumentStore,
    mailer: Mailer,
    clock: Clock,
) -> dict[str, Any]:
    """``{"state": "expired"}``. The identity stays at SES: asked for again, the same records
    serve. Nobody is mailed who was mailed neither the records nor a document to sign."""
    kind = _letter(request_id, domain_name, store, documents)
    if kind is None:
        _expire_unsent(request_id, why, store, clock)
        return {"state": State.EXPIRED.value}

    def expired(found: SendingDomain) -> Change | None:
        if found.state is State.EXPIRED or found.state in ESTABLISHED:
            return None
        now = clock.now()
        return found.become(State.EXPIRED, now), (Entry(now, "expired", why),)

    domain = update(store, domain_name, request_id, expired)
    if domain.state in ESTABLISHED:  # in the very last moment, by another look
        return {"state": domain.state.value}
    store.close_request(request_id, State.EXPIRED, why, clock.now())
    posted = tell(domain, kind, store=store, mailer=mailer, clock=clock)
    store.comment(
        domain.ticket,
        f"expired-{request_id}",
        f"{domain.domain} was not set up: {why} Ask again in this ticket to start afresh"
        f"{'; the records stay the same' if kind is LetterKind.EXPIRED else ''}.{doubt(posted)}",
        clock.now(),
        public=True,
    )
    store.settle_request(request_id)
    return {"state": State.EXPIRED.value}


def _letter(
    request_id: str, domain_name: str, store: Store, documents: DocumentStore
) -> LetterKind | None:
    domain = store.domain(domain_name)
    if domain is None or domain.request_id != request_id:
        return None  # it waited for an approval to take the domain
    document = documents.document(domain_name, request_id)
    if document is not None and document.state is DocumentState.EXPIRED:
        return LetterKind.DOCUMENT_EXPIRED
    sent = current_domain(store, domain_name, request_id).progress is not None
    return LetterKind.EXPIRED if sent else None


def _expire_unsent(request_id: str, why: str, store: Store, clock: Clock) -> None:
    stored = stored_request(store, request_id)
    if stored.outcome not in (None, State.EXPIRED):
        raise Superseded(f"{request_id} is {stored.outcome}")
    store.close_request(request_id, State.EXPIRED, why, clock.now())
    end_subject(stored, State.EXPIRED, why, store, clock)
    store.comment(
        stored.request.ticket,
        f"expired-{request_id}",
        f"{stored.request.domain} was not set up. {why} Ask again in this ticket to start afresh.",
        clock.now(),
        public=True,
    )
    store.settle_request(request_id)
