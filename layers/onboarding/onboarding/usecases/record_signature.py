"""A ticket says that its document is signed: let the domain that waits for it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from onboarding.contracts import DocumentData, InvalidRequest
from onboarding.domain.document import How, IssuedDocument, Signature, Signer
from onboarding.domain.refusal import FieldError
from onboarding.domain.request import Ticket
from onboarding.usecases import file_document as elsewhere

if TYPE_CHECKING:
    from onboarding.domain.delivery import Delivery
    from onboarding.ports import Approvals, Clock, DocumentStore, DocumentTexts, Random, Workflows

    class Store(elsewhere.Store, Approvals, Protocol):
        """What recording reads and writes."""


def record_signature(
    data: DocumentData,
    delivery: Delivery,
    *,
    store: Store,
    documents: DocumentStore,
    texts: DocumentTexts,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> dict[str, Any]:
    """``{"domain", "document", "signed_by", "signed_at"}``: the first signature, whoever repeats
    it. Raises ``InvalidRequest`` where no domain of the ticket waits for a document."""
    store.delivered(delivery)  # raises where the id came with another body
    domain = store.domain(data.domain)
    ticket = Ticket(delivery.source, data.ticket_id)
    if domain is None or domain.ticket != ticket:
        raise _refused("unknown_domain", f"This ticket did not ask for {data.domain}.", data)
    named = data.responsibility_document
    signature = Signature(
        Signer(named.signed_by, ""), named.signed_at, How.TICKET, reference=named.reference
    )
    try:
        document = elsewhere.sign_elsewhere(
            domain.domain,
            signature,
            lambda _: None,
            store=store,
            documents=documents,
            texts=texts,
            workflows=workflows,
            clock=clock,
            random=random,
        )
    except elsewhere.AlreadySigned as signed:
        document = signed.document
    except elsewhere.NotWanted as refused:
        raise _refused(refused.code, str(refused), data) from refused
    store.note_delivery(delivery, domain.request_id, clock.now())
    return signed_as_json(document)


def _refused(code: str, message: str, data: DocumentData) -> InvalidRequest:
    return InvalidRequest(FieldError("domain", code, message), ticket_id=data.ticket_id)


def signed_as_json(document: IssuedDocument) -> dict[str, Any]:
    """What a webhook's answer says of a signature."""
    assert document.signature is not None  # it is signed
    return {
        "domain": document.domain,
        "document": document.reference,
        "signed_by": document.signature.signer.name,
        "signed_at": document.signature.at.isoformat(),
    }
