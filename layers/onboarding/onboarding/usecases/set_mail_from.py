"""Set the custom MAIL FROM domain at SES, for a customer who has signed for bounces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.document import DocumentState
from onboarding.domain.onboarding import Entry, SendingDomain, StoredRequest
from onboarding.domain.responsibility import Period, ended
from onboarding.usecases.busy import waits_while_busy
from onboarding.usecases.current import Change, current_domain, stored_request, update
from onboarding.usecases.mail_from_use import is_in_use

if TYPE_CHECKING:
    from onboarding.ports import Clock, DocumentStore, DomainStore, Identities, RequestStore

    class Store(RequestStore, DomainStore, Protocol):
        """What setting reads and writes."""


class DocumentMissing(Exception):
    """No signed responsibility document: a MAIL FROM must never be set without one."""


@waits_while_busy
def set_mail_from(
    request_id: str,
    *,
    store: Store,
    documents: DocumentStore,
    identities: Identities,
    clock: Clock,
) -> dict[str, Any]:
    """``{"mail_from": "bounce.example.com"}``, or none where the document was revoked meanwhile.

    Safe to repeat: a MAIL FROM that SES has already is left alone, since putting it again would
    start its search anew. The customer is responsible from when SES uses it
    (``usecases.mail_from_use``).
    """
    stored = stored_request(store, request_id)
    domain = current_domain(store, stored.request.domain, request_id)
    reference = signed_reference(stored, documents)
    if reference is None:
        raise DocumentMissing(domain.domain)
    if _is_revoked(stored, domain, reference, documents):
        return {"mail_from": None}
    if domain.mail_from is None:
        raise DocumentMissing(domain.domain)
    name = f"{domain.mail_from}.{domain.domain}"
    identity = identities.get(domain.domain)
    if identity is None or identity.mail_from_domain != name:
        identities.set_mail_from(domain.domain, name)
    in_use = identity is not None and is_in_use(domain, identity)
    update(
        store, domain.domain, request_id, lambda d: _signed_for(d, name, reference, in_use, clock)
    )
    return {"mail_from": name}


def signed_reference(stored: StoredRequest, documents: DocumentStore) -> str | None:
    """By what document the customer signed: one named in the request, or one that was asked for;
    revoked ones count."""
    if stored.request.document is not None:
        return stored.request.document.reference
    issued = documents.document(stored.request.domain, stored.request_id)
    return None if issued is None or issued.signature is None else issued.reference


def _is_revoked(
    stored: StoredRequest, domain: SendingDomain, reference: str, documents: DocumentStore
) -> bool:
    issued = documents.document(domain.domain, stored.request_id)
    if issued is not None and issued.state is DocumentState.REVOKED:
        return True
    periods = [p for p in domain.responsibility if p.reference == reference]
    return domain.mail_from is None and any(p.until is not None for p in periods)


def _signed_for(
    domain: SendingDomain, name: str, reference: str, in_use: bool, clock: Clock
) -> Change | None:
    if any(p.reference == reference and p.until is None for p in domain.responsibility):
        return None
    now = clock.now()
    period = Period(domain.account_id, reference, now if in_use else None)
    entry = Entry(
        now,
        "mail_from_set",
        f"MAIL FROM is {name}; once Amazon SES uses it, responsibility for bounces and complaints "
        f"is the customer's by document {reference}.",
    )
    periods = (*ended(domain.responsibility, now), period)
    return replace(domain, responsibility=periods), (entry,)
