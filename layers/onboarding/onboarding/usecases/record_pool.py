"""Record the dedicated IPs that AWS has delivered, and let the workflow that waits go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from onboarding.domain.service import ServiceKind, ServiceState, StoredService
from onboarding.usecases.current_service import update_service

if TYPE_CHECKING:
    from onboarding.ports import ServiceStore, ServiceWorkflows, Tenancy


class NothingOrdered(Exception):
    """No dedicated IPs are waited for: they have to be asked for first."""


class UnknownPool(Exception):
    """SES has no pool of the name."""


def record_pool(
    account_id: str,
    pool: str,
    ips: tuple[str, ...],
    *,
    store: ServiceStore,
    workflows: ServiceWorkflows,
    tenancy: Tenancy,
) -> StoredService:
    """The service that goes on. Raises ``UnknownPool`` and ``NothingOrdered``.

    Where no workflow waits any more, the one that takes the service up finds what is recorded here.
    """
    if not tenancy.pool_exists(pool):
        raise UnknownPool(pool)
    waiting = next(filter(_waits, store.services_of(account_id)), None)
    if waiting is None:
        raise NothingOrdered(account_id)
    saved = update_service(
        store, waiting.request_id, lambda found: replace(found, pool=pool, dedicated_ips=ips)
    )
    if saved.task_token is not None:
        workflows.resume(saved.task_token, {"pool": pool})
    return saved


def _waits(stored: StoredService) -> bool:
    ordered = stored.state is ServiceState.ORDERED
    return ordered and stored.request.service is ServiceKind.DEDICATED_IP
