"""Keep a valid request, then start its workflow: the one way in, for webhook and command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from onboarding.contracts import InvalidRequest, OnboardingData
from onboarding.domain.refusal import FieldError

if TYPE_CHECKING:
    from onboarding.domain.delivery import Accepted, Delivery
    from onboarding.ports import Clock, DomainStore, Random, RequestStore, Workflows

    class Store(RequestStore, DomainStore, Protocol):
        """What submitting reads and writes."""


def submit_request(
    data: OnboardingData,
    delivery: Delivery,
    *,
    store: Store,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> Accepted:
    """Raises ``InvalidRequest`` and ``DeliveryReused``; nothing is kept then.

    A fault behind the point where the request is kept loses nothing: a repeated delivery, or else
    ``recover_requests``, starts the workflow.
    """
    account = store.account(data.account_id)
    if account is None:
        raise InvalidRequest(
            FieldError(
                "account_id",
                "unknown_account",
                f"There is no account {data.account_id}. Give the id of an existing account.",
            ),
            ticket_id=data.ticket_id,
        )
    request = data.to_request(delivery.source, account.contact_email)
    accepted = store.accept(request, delivery, f"req_{random.token_hex(16)}", clock.now())
    if accepted.stored.outcome is None:
        workflows.start(accepted.stored)
        store.mark_started(accepted.stored.request_id)
    return accepted
