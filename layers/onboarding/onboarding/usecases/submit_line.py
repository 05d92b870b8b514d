"""One line of a list: ask for its domain, as a ticket of its own would."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onboarding.contracts import InvalidRequest, parse_onboarding
from onboarding.domain.batch import Batch, Line, LineOutcome
from onboarding.domain.delivery import Delivery
from onboarding.usecases.read_batch import line_ticket
from onboarding.usecases.submit_request import submit_request

if TYPE_CHECKING:
    from onboarding.domain.names import NameRules
    from onboarding.ports import BatchStore, Clock, Random, Workflows
    from onboarding.usecases.submit_request import Store

SOURCE = "batch"


def submit_line(
    batch_id: str,
    number: int,
    *,
    store: Store,
    batches: BatchStore,
    workflows: Workflows,
    rules: NameRules,
    clock: Clock,
    random: Random,
) -> dict[str, Any]:
    """``{"line", "outcome"}``; a repeat gives the same, and starts nothing again."""
    batch, line = batches.batch(batch_id), batches.line(batch_id, number)
    if batch is None or line is None:
        raise LookupError(f"no line {number} of {batch_id}")
    if line.outcome is None:
        if batch.places is not None and line.place > batch.places:
            why = "The account has no place left for it, and more were not approved."
            line = replace(line, outcome=LineOutcome.NOT_APPROVED, why=why)
        else:
            line = _submitted(line, batch, store, workflows, rules, clock, random)
        batches.end_line(batch_id, line)
    assert line.outcome is not None
    return {"line": number, "outcome": line.outcome.value}


def _submitted(
    line: Line,
    batch: Batch,
    store: Store,
    workflows: Workflows,
    rules: NameRules,
    clock: Clock,
    random: Random,
) -> Line:
    ticket_id = line_ticket(batch.batch_id, line.number)
    digest = hashlib.sha256(ticket_id.encode()).hexdigest()
    try:
        data = parse_onboarding(
            {**line.wish, "ticket_id": ticket_id, "account_id": batch.account_id}, rules
        )
        accepted = submit_request(
            data,
            Delivery(SOURCE, ticket_id, digest),
            store=store,
            workflows=workflows,
            clock=clock,
            random=random,
        )
    except InvalidRequest as invalid:
        why = " ".join(f"{error.field}: {error.message}" for error in invalid.errors)
        return replace(line, outcome=LineOutcome.REFUSED, why=why)
    return replace(line, outcome=LineOutcome.ACCEPTED, request_id=accepted.stored.request_id)
