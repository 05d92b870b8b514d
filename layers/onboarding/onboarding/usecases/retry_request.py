"""Start an ended request again, as a new attempt from its own ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.domain.lifecycle import ENDS

if TYPE_CHECKING:
    from onboarding.domain.delivery import Accepted, Delivery
    from onboarding.domain.onboarding import StoredRequest
    from onboarding.ports import Clock, Random, RequestStore, Workflows


class StillRunning(Exception):
    """The request has not ended, or has succeeded: there is nothing to start again."""


def retry_request(
    stored: StoredRequest,
    delivery: Delivery,
    *,
    store: RequestStore,
    workflows: Workflows,
    clock: Clock,
    random: Random,
) -> Accepted:
    """The new attempt. Raises ``StillRunning``; where somebody else started one meanwhile, that
    one is given back."""
    if stored.outcome not in ENDS:
        raise StillRunning(stored.request_id)
    request_id = f"req_{random.token_hex(16)}"
    accepted = store.accept(stored.request, delivery, request_id, clock.now())
    if accepted.stored.outcome is None:
        workflows.start(accepted.stored)
        store.mark_started(accepted.stored.request_id)
    return accepted
