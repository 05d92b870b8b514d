"""What an account is, has, uses and costs, for an agent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.plan import Plan, domain_limit, plan_of, pool_limit
from onboarding.domain.service_terms import costs, total_a_year

if TYPE_CHECKING:
    from onboarding.domain.onboarding import Account
    from onboarding.domain.quota import Standing
    from onboarding.domain.service import StoredService
    from onboarding.ports import DomainStore, FlagStore, Quotas, ServiceStore

    class Store(ServiceStore, DomainStore, Quotas, Protocol):
        """What showing reads."""


def show_account(account_id: str, *, store: Store, flags: FlagStore) -> dict[str, Any] | None:
    """Nothing for an unknown id; else the account with ``domains``, ``allowances``, ``cost``,
    ``services``, ``flags`` and what it has at SES."""
    account = store.account(account_id)
    if account is None:
        return None
    organisation = store.organisation(account.organisation_id)
    plan, standing = plan_of(organisation), store.standing(account)
    provisioned = store.provisioned(account_id)
    return {
        "account_id": account_id,
        "organisation_id": account.organisation_id,
        "kind": account.kind.value,
        "plan": organisation.plan,
        "contact_email": account.contact_email,
        "domains": _domains(account, plan, standing, store),
        "allowances": {
            "domain_packs": standing.domain_packs,
            "free_domains": standing.free_domains,
            "asp": standing.asp,
            "dedicated_ips": standing.dedicated_ips,
            "sending_rate": provisioned.sending_rate,
        },
        "cost": _cost(account, plan, standing),
        "services": [_service(service) for service in store.services_of(account_id)],
        "flags": sum(1 for _ in flags.flags(account_id)),
        "tenant": provisioned.tenant,
        "configuration_set": provisioned.configuration_set or account.configuration_set,
        "dedicated_ip_pool": provisioned.pool,
        "dedicated_ips": list(provisioned.dedicated_ips),
    }


def _domains(
    account: Account, plan: Plan, standing: Standing, store: DomainStore
) -> dict[str, Any]:
    states = Counter(
        domain.state
        for domain in store.domains(tuple(State))
        if domain.account_id == account.account_id
    )
    return {
        "used": standing.used,
        "allowed": domain_limit(plan, account.kind, standing),
        "pool": {"used": standing.pool_used, "allowed": pool_limit(plan, standing)},
        "by_state": {state.value: states[state] for state in State if states[state]},
        "live": sum(count for state, count in states.items() if state not in ENDS),
    }


def _cost(account: Account, plan: Plan, standing: Standing) -> dict[str, Any]:
    lines = costs(
        plan,
        account.kind,
        dedicated_ips=standing.dedicated_ips,
        domain_packs=standing.domain_packs,
    )
    return {
        "lines": [line.as_json() for line in lines],
        "a_year": float(total_a_year(lines)),
        "currency": "USD",
        "beside": "maintenance",
    }


def _service(stored: StoredService) -> dict[str, Any]:
    return {
        "request_id": stored.request_id,
        "service": stored.request.service.value,
        "quantity": stored.request.quantity,
        "state": stored.state.value,
        "since": stored.since.isoformat(),
        "why": stored.why,
        "ticket": str(stored.request.ticket),
        "approval_id": stored.approval_id,
    }
