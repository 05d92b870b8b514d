"""A webhook call of a ticket system: authentic, valid, kept, started; or refused with reasons."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from onboarding.contracts import (
    ApprovalData,
    DocumentData,
    InvalidRequest,
    OffboardingData,
    OnboardingData,
    parse_event,
)
from onboarding.domain.names import NameRules
from onboarding.domain.refusal import FieldError
from onboarding.domain.request import Ticket
from onboarding.ports import (
    Accepted,
    Approvals,
    Clock,
    Delivery,
    DeliveryReused,
    DocumentStore,
    DocumentTexts,
    DomainStore,
    Quotas,
    Random,
    RequestStore,
    Tickets,
    TicketSource,
    Workflows,
)
from onboarding.usecases.submit_request import submit_request

MAX_BODY_OCTETS = 64 * 1024


class BodyTooLarge(Exception):
    """The body is over ``MAX_BODY_OCTETS``."""


class Store(RequestStore, DomainStore, Approvals, Quotas, Tickets, Protocol):
    """What receiving reads and writes."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What was done at once, and what the caller is told of it."""

    body: dict[str, Any]


def receive_ticket(
    source: TicketSource,
    headers: Mapping[str, str],
    body: bytes,
    *,
    rules: NameRules,
    store: Store,
    documents: DocumentStore,
    texts: DocumentTexts,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> Accepted | Answered:
    """Raises ``BodyTooLarge``, ``NotAuthentic`` and ``InvalidRequest``; the last is told to the
    ticket too, where the body names one.
    """
    if len(body) > MAX_BODY_OCTETS:
        raise BodyTooLarge
    delivery_id = source.authenticate(headers, body)
    delivery = Delivery(source.name, delivery_id, hashlib.sha256(body).hexdigest())
    try:
        data = parse_event(body, rules)
        if isinstance(data, DocumentData):
            return _sign(data, delivery, store, documents, texts, workflows, clock, random)
        return _act(data, delivery, store=store, workflows=workflows, clock=clock, random=random)
    except DeliveryReused as error:
        raise InvalidRequest(
            FieldError(
                "webhook-id",
                "delivery_reused",
                "This webhook-id was used for another body. Give each event an id of its own.",
            )
        ) from error
    except InvalidRequest as refused:
        if refused.ticket_id is not None:
            ticket = Ticket(source.name, refused.ticket_id)
            store.comment(ticket, f"refused-{delivery_id}", _explanation(refused), clock.now())
        raise


def _sign(
    data: DocumentData,
    delivery: Delivery,
    store: Store,
    documents: DocumentStore,
    texts: DocumentTexts,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> Answered:
    from onboarding.usecases.record_signature import record_signature

    return Answered(
        record_signature(
            data,
            delivery,
            store=store,
            documents=documents,
            texts=texts,
            workflows=workflows,
            clock=clock,
            random=random,
        )
    )


def _act(
    data: OnboardingData | ApprovalData | OffboardingData,
    delivery: Delivery,
    *,
    store: Store,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> Accepted | Answered:
    """Each event but the usual one loads its use case only when it comes: the start of this
    function is paid for by every ticket."""
    match data:
        case OnboardingData():
            return submit_request(
                data, delivery, store=store, workflows=workflows, clock=clock, random=random
            )
        case ApprovalData():
            from onboarding.usecases.answer_approval import answer_approval

            return Answered(
                answer_approval(data, delivery, store=store, workflows=workflows, clock=clock)
            )
        case OffboardingData():
            from onboarding.usecases.ask_offboarding import ask_offboarding

            return ask_offboarding(data, delivery, store=store, workflows=workflows, clock=clock)


def _explanation(refused: InvalidRequest) -> str:
    reasons = "\n".join(f"- {e.field}: {e.message}" for e in refused.errors)
    return f"The request was not accepted; nothing has been set up.\n{reasons}"
