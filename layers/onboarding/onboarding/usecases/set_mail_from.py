"""Set the custom MAIL FROM domain at SES, for a customer who has signed for bounces."""

from typing import Any, Protocol

from onboarding.domain.onboarding import Entry
from onboarding.ports import Clock, DomainStore, Identities, RequestStore
from onboarding.usecases.current import current_domain, stored_request


class Store(RequestStore, DomainStore, Protocol):
    """What setting reads and writes."""


class DocumentMissing(Exception):
    """No signed responsibility document: a MAIL FROM must never be set without one."""


def set_mail_from(
    request_id: str, *, store: Store, identities: Identities, clock: Clock
) -> dict[str, Any]:
    """``{"mail_from": "bounce.example.com"}``.

    Safe to repeat: a MAIL FROM that SES has already is left alone, since putting it again would
    start its search anew.
    """
    stored = stored_request(store, request_id)
    domain = current_domain(store, stored.request.domain, request_id)
    document = stored.request.document
    if document is None or domain.mail_from is None:
        raise DocumentMissing(domain.domain)
    name = f"{domain.mail_from}.{domain.domain}"
    identity = identities.get(domain.domain)
    if identity is None or identity.mail_from_domain != name:
        identities.set_mail_from(domain.domain, name)
        entry = Entry(
            clock.now(),
            "mail_from_set",
            f"MAIL FROM is {name}; responsibility for bounces and complaints is the customer's "
            f"by document {document.reference}.",
        )
        store.save(domain, entry)
    return {"mail_from": name}
