"""A fresh link to a document that waits: for an agent to hand on where a mail did not arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.domain.tokens import TOKEN_OCTETS, token_hash

if TYPE_CHECKING:
    from onboarding.domain.document import IssuedDocument
    from onboarding.ports import Clock, DocumentStore, DomainStore, Random, SigningLinks


class NothingToSign(Exception):
    """No document of the domain waits for a signature."""


def new_link(
    domain_name: str,
    *,
    store: DomainStore,
    documents: DocumentStore,
    links: SigningLinks,
    clock: Clock,
    random: Random,
) -> tuple[str, IssuedDocument]:
    """The address, and what is signed there. Earlier links stay valid. Raises
    ``NothingToSign``."""
    domain = store.domain(domain_name)
    document = None
    if domain is not None:
        document = documents.document(domain.domain, domain.request_id)
    if document is None or not document.is_open(clock.now()):
        raise NothingToSign(domain_name)
    token = random.token_hex(TOKEN_OCTETS)
    documents.put_link(token_hash(token), document, clock.now())
    return links.url(token), document
