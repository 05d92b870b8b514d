"""Have dedicated IPs ordered: people at AWS do that, and the workflow waits until a person has
recorded what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onboarding.domain.service import ServiceState, StoredService
from onboarding.usecases.current_service import update_service

if TYPE_CHECKING:
    from onboarding.ports import Clock, ServiceWorkflows
    from onboarding.usecases.current_service import Store


def order_dedicated_ip(
    request_id: str,
    task_token: str,
    *,
    store: Store,
    workflows: ServiceWorkflows,
    clock: Clock,
) -> dict[str, Any]:
    """``{"recorded": bool}``. The task goes on with ``{"pool"}`` when ``xes account set`` has
    recorded the pool; at once where it was recorded before."""

    def ordered(found: StoredService) -> StoredService:
        if found.has_ended:
            return found
        waiting = replace(found, task_token=task_token)
        if found.state is ServiceState.ORDERED:
            return waiting
        return waiting.become(ServiceState.ORDERED, clock.now(), "AWS has to deliver the IPs.")

    stored = update_service(store, request_id, ordered)
    if stored.pool is not None:
        workflows.resume(task_token, {"pool": stored.pool})
        return {"recorded": True}
    store.comment(stored.request.ticket, f"ip-ordered-{request_id}", _text(stored), clock.now())
    return {"recorded": False}


def _text(stored: StoredService) -> str:
    account = stored.request.subject
    return (
        f"Account {account}: {stored.request.quantity} dedicated IP(s) have to be ordered from AWS "
        "by a support case, and put into a dedicated IP pool at Amazon SES. AWS warms new ones up "
        "over about 45 days. When they are there: "
        f"`xes account set {account} --dedicated-ip-pool NAME --dedicated-ip ADDRESS …`"
    )
