"""Let the account's tenant send from the domains that the account has already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onboarding.domain.lifecycle import ENDS, State
from onboarding.usecases.current_service import isolated, stored_service

if TYPE_CHECKING:
    from onboarding.ports import Identities
    from onboarding.usecases.current_service import DomainsAndServices

BATCH = 10
"""Domains of one call: each takes up to four requests to SES, which takes one a second."""


def associate_identities(
    request_id: str, after: str, *, store: DomainsAndServices, identities: Identities
) -> dict[str, Any]:
    """``{"done": bool, "after"}``: the domains behind ``after``, by name, as many as one call can.

    A domain that is set up meanwhile joins by itself, as ``create_identity`` sees to it: the
    account's tenant was written down before this looks for domains.
    """
    account_id = stored_service(store, request_id).request.subject
    tenant, configuration_set = isolated(store, account_id)
    live = [state for state in State if state not in ENDS]
    domains = (d.domain for d in store.domains(live) if d.account_id == account_id)
    waiting = sorted(domain for domain in domains if domain > after)
    for domain in waiting[:BATCH]:
        identities.join_tenant(domain, tenant, configuration_set)
    return {"done": len(waiting) <= BATCH, "after": [after, *waiting[:BATCH]][-1]}
