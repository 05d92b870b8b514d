"""A list of domains comes in: keep it, then start its workflow."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from onboarding.contracts import BatchData, InvalidRequest
from onboarding.domain.batch import Batch
from onboarding.domain.refusal import FieldError
from onboarding.domain.request import Ticket

if TYPE_CHECKING:
    from onboarding.domain.delivery import Delivery
    from onboarding.ports import BatchFiles, BatchStore, BatchWorkflows, Clock, DomainStore

    class Accounts(DomainStore, Protocol):
        """What is known of accounts."""


def submit_batch(
    data: BatchData,
    delivery: Delivery,
    *,
    accounts: Accounts,
    batches: BatchStore,
    files: BatchFiles,
    workflows: BatchWorkflows,
    clock: Clock,
) -> Batch:
    """The batch; the same one for a repeated delivery, whose workflow is started once.

    Raises ``InvalidRequest`` for an unknown account; nothing is kept then. A list that does not
    come with the event is fetched from the ticket by the workflow.
    """
    if accounts.account(data.account_id) is None:
        raise InvalidRequest(
            FieldError(
                "account_id",
                "unknown_account",
                f"There is no account {data.account_id}. Give the id of an existing account.",
            ),
            ticket_id=data.ticket_id,
        )
    digest = hashlib.sha256(f"{delivery.source}\n{delivery.delivery_id}".encode()).hexdigest()
    ticket = Ticket(delivery.source, data.ticket_id)
    batch = Batch(f"bat_{digest[:24]}", ticket, data.account_id, clock.now())
    if data.csv is not None:
        files.put(list_key(batch.batch_id), data.csv.encode())
    batches.keep_batch(batch)
    workflows.start_batch(batch.batch_id)
    return batch


def list_key(batch_id: str) -> str:
    return f"{batch_id}/list.csv"
