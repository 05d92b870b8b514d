"""Keep a valid request for a service, then start its workflow: for webhook and command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from onboarding.contracts import InvalidRequest, ServiceData
from onboarding.domain.refusal import FieldError
from onboarding.domain.request import Ticket
from onboarding.domain.service import (
    AcceptedService,
    ServiceKind,
    ServiceRequest,
    ServiceState,
    StoredService,
)
from onboarding.usecases.current_service import asking_account, update_service

if TYPE_CHECKING:
    from onboarding.domain.delivery import Delivery
    from onboarding.ports import Clock, DomainStore, Random, ServiceStore, ServiceWorkflows

    class Store(ServiceStore, DomainStore, Protocol):
        """What submitting reads and writes."""


def submit_service(
    request: ServiceRequest,
    delivery: Delivery,
    *,
    store: Store,
    workflows: ServiceWorkflows,
    clock: Clock,
    random: Random,
) -> AcceptedService:
    """Raises ``InvalidRequest`` and ``DeliveryReused``; nothing is kept then.

    A fault behind the point where the request is kept loses nothing: a repeated delivery, or else
    ``recover_services``, starts the workflow.
    """
    if asking_account(request, store) is None:
        raise InvalidRequest(
            FieldError(
                "account_id",
                "unknown_account",
                f"There is no account {request.account_id}. Give the id of an existing account.",
            ),
            ticket_id=request.ticket.ticket_id,
        )
    request_id = f"req_{random.token_hex(16)}"
    accepted = store.accept_service(request, delivery, request_id, clock.now())
    stored = update_service(store, accepted.stored.request_id, lambda s: _open(s, clock))
    if not stored.has_ended:
        workflows.start(stored)
    return AcceptedService(stored, accepted.is_new)


def wanted_service(data: ServiceData, source: str) -> ServiceRequest:
    """A ticket's wish as a value of the domain."""
    return ServiceRequest(
        ticket=Ticket(source, data.ticket_id),
        account_id=data.account_id,
        service=ServiceKind(data.service),
        quantity=data.quantity or 1,
        organisation_id=data.organisation_id,
        new_account_id=data.new_account_id,
        contact_email=data.contact_email,
        rate=data.target_rate,
    )


def _open(found: StoredService, clock: Clock) -> StoredService:
    return found.again(clock.now()) if found.state is ServiceState.FAILED else found
