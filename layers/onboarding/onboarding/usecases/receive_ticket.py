"""A webhook call of a ticket system: authentic, valid, kept, started; or refused with reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.contracts import (
    ApprovalData,
    BatchData,
    DocumentData,
    InvalidRequest,
    OffboardingData,
    OnboardingData,
    PingData,
    ServiceData,
    parse_event,
)
from onboarding.domain.delivery import Accepted, Arrived, Delivery
from onboarding.domain.refusal import FieldError
from onboarding.domain.request import Ticket
from onboarding.port_errors import DeliveryReused
from onboarding.usecases.submit_request import submit_request

if TYPE_CHECKING:
    from onboarding.domain.names import NameRules
    from onboarding.domain.service import AcceptedService
    from onboarding.ports import (
        Approvals,
        BatchFiles,
        BatchStore,
        BatchWorkflows,
        Clock,
        DocumentStore,
        DocumentTexts,
        DomainStore,
        Quotas,
        Random,
        RequestStore,
        ServiceStore,
        ServiceWorkflows,
        Tickets,
        TicketSource,
        Workflows,
    )

    class Store(RequestStore, DomainStore, Approvals, Quotas, Tickets, Protocol):
        """What receiving reads and writes."""

    class Services(ServiceStore, DomainStore, Protocol):
        """What a service of an account is kept in."""

    MakeServices = Callable[[], tuple[Services, ServiceWorkflows]]
    """Services are asked for seldom: what they need is made when one comes."""

    MakeBatches = Callable[[], tuple[BatchStore, BatchFiles, BatchWorkflows]]
    """The same for lists of domains."""

MAX_BODY_OCTETS = 64 * 1024


class BodyTooLarge(Exception):
    """The body is over ``MAX_BODY_OCTETS``."""


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
    services: MakeServices,
    batches: MakeBatches,
    clock: Clock,
    random: Random,
) -> Accepted | AcceptedService | Answered:
    """Raises ``BodyTooLarge``, ``NotAuthentic`` and ``InvalidRequest``; the last is told to the
    ticket too, where the body names one.
    """
    if len(body) > MAX_BODY_OCTETS:
        raise BodyTooLarge
    arrived = source.receive(headers, body)
    if arrived.event is None:
        return Answered({"ignored": "nothing that is read here has changed"})
    delivery = Delivery(source.name, arrived.delivery_id, hashlib.sha256(body).hexdigest())
    try:
        data = parse_event(arrived.event, rules)
        match data:
            case DocumentData():
                return _sign(data, delivery, store, documents, texts, workflows, clock, random)
            case ServiceData():
                return _serve(data, delivery, services, clock, random)
            case BatchData():
                return _list(data, delivery, store, batches, clock)
        received = _act(
            data, delivery, store=store, workflows=workflows, clock=clock, random=random
        )
        if isinstance(data, OnboardingData):
            _propose(arrived, Ticket(source.name, data.ticket_id), data.domain, store, rules, clock)
        return received
    except DeliveryReused as error:
        raise InvalidRequest(
            FieldError(
                "webhook-id",
                "delivery_reused",
                "This webhook-id was used for another body. Give each event an id of its own.",
            )
        ) from error
    except InvalidRequest as refused:
        _tell(refused, delivery, arrived, store, rules, clock)
        raise


def _tell(
    refused: InvalidRequest,
    delivery: Delivery,
    arrived: Arrived,
    store: Tickets,
    rules: NameRules,
    clock: Clock,
) -> None:
    if refused.ticket_id is not None:
        ticket = Ticket(delivery.source, refused.ticket_id)
        key = f"refused-{delivery.delivery_id}"
        store.comment(ticket, key, _explanation(refused), clock.now())
        _propose(arrived, ticket, None, store, rules, clock)


def _propose(
    arrived: Arrived,
    ticket: Ticket,
    asked_for: str | None,
    store: Tickets,
    rules: NameRules,
    clock: Clock,
) -> None:
    """Tell the agent which other domains the ticket's text names. Nothing is done with them:
    anybody can write anything into a ticket."""
    if not arrived.text:
        return
    from onboarding.domain.named_domains import domains_named

    names = domains_named(arrived.text, rules, but=asked_for)
    if names:
        digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        store.comment(
            ticket,
            f"proposed-{digest}",
            f"The text of this ticket names {', '.join(names)}. Nothing is set up for what a text "
            "names: where it is meant, enter it in the ticket's field for the domain.",
            clock.now(),
        )


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


def _serve(
    data: ServiceData, delivery: Delivery, services: MakeServices, clock: Clock, random: Random
) -> AcceptedService:
    from onboarding.usecases.submit_service import submit_service, wanted_service

    store, workflows = services()
    return submit_service(
        wanted_service(data, delivery.source),
        delivery,
        store=store,
        workflows=workflows,
        clock=clock,
        random=random,
    )


def _list(
    data: BatchData, delivery: Delivery, store: Store, make: MakeBatches, clock: Clock
) -> Answered:
    from onboarding.usecases.submit_batch import submit_batch

    batches, files, workflows = make()
    batch = submit_batch(
        data,
        delivery,
        accounts=store,
        batches=batches,
        files=files,
        workflows=workflows,
        clock=clock,
    )
    return Answered({"batch_id": batch.batch_id})


def _act(
    data: OnboardingData | ApprovalData | OffboardingData | PingData,
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
        case PingData():
            from onboarding.usecases.answer_ping import answer_ping

            return Answered(answer_ping(data, delivery, store=store, clock=clock))


def _explanation(refused: InvalidRequest) -> str:
    reasons = "\n".join(f"- {e.field}: {e.message}" for e in refused.errors)
    return f"The request was not accepted; nothing has been set up.\n{reasons}"
