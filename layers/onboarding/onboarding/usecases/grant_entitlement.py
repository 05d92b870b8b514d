"""Let an agent grant an account more, as an approval that is asked and given in one go: who, when
and why stay on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onboarding.domain.approval import Approval, ApprovalKind, ApprovalStatus, Ask, asked
from onboarding.domain.quota import Entitlement
from onboarding.domain.request import Ticket
from onboarding.usecases.decide_approval import decide_approval

if TYPE_CHECKING:
    from onboarding.domain.onboarding import Account
    from onboarding.ports import Clock, Workflows
    from onboarding.usecases.deliver_decision import Store

KINDS: Final = {
    Entitlement.DOMAIN_PACKS: ApprovalKind.DOMAIN_PACK,
    Entitlement.FREE_DOMAINS: ApprovalKind.FREE_DOMAIN,
    Entitlement.DEDICATED_IPS: ApprovalKind.DEDICATED_IP,
    Entitlement.ASP: ApprovalKind.ASP,
}


def grant_entitlement(
    account: Account,
    entitlement: Entitlement,
    count: int,
    by: str,
    note: str,
    origin: str,
    *,
    store: Store,
    workflows: Workflows,
    clock: Clock,
) -> Approval:
    """The approval, given and applied; the same ``origin`` grants once."""
    ask = Ask(KINDS[entitlement], note, grants={entitlement: count})
    approval = store.open_approval(
        asked(
            ask,
            origin=origin,
            subject=f"account {account.account_id}",
            account_id=account.account_id,
            organisation_id=account.organisation_id,
            ticket=Ticket("cli", origin),
            now=clock.now(),
        )
    )
    decided = decide_approval(
        approval.approval_id,
        ApprovalStatus.GIVEN,
        by,
        note,
        store=store,
        workflows=workflows,
        clock=clock,
    )
    return decided.approval
