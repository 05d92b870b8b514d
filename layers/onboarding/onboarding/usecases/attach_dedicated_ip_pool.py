"""Send the account's mail from the dedicated IPs that were recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onboarding.usecases.current_service import (
    isolated,
    stored_service,
    update_provisioned,
    update_service,
)

if TYPE_CHECKING:
    from onboarding.domain.provisioning import Provisioned
    from onboarding.domain.service import StoredService
    from onboarding.ports import Clock, Tenancy
    from onboarding.usecases.current_service import Store


def attach_dedicated_ip_pool(
    request_id: str, *, store: Store, tenancy: Tenancy, clock: Clock
) -> dict[str, Any]:
    """``{"attached": bool}``: false where none is recorded, or where SES knows no such pool; the
    ticket is told, and the workflow waits for another."""
    stored = stored_service(store, request_id)
    account_id, pool = stored.request.subject, stored.pool
    if pool is None:
        return {"attached": False}
    if not tenancy.pool_exists(pool):
        store.comment(
            stored.request.ticket,
            f"no-pool-{request_id}-{pool}",
            f"Amazon SES has no dedicated IP pool {pool} in this region. Record the pool that the "
            f"IPs are in: `xes account set {account_id} --dedicated-ip-pool NAME`",
            clock.now(),
        )
        update_service(store, request_id, _without_pool)
        return {"attached": False}
    _, configuration_set = isolated(store, account_id)
    held = tenancy.configuration_set(configuration_set)
    if held is None or held.pool != pool:
        tenancy.send_through(configuration_set, pool)
    update_provisioned(store, account_id, lambda found: _with_pool(found, stored))
    return {"attached": True}


def _without_pool(found: StoredService) -> StoredService:
    return replace(found, pool=None, dedicated_ips=(), task_token=None)


def _with_pool(found: Provisioned, stored: StoredService) -> Provisioned:
    ips = dict.fromkeys([*found.dedicated_ips, *stored.dedicated_ips])
    return replace(found, pool=stored.pool, dedicated_ips=tuple(ips))
