"""The page on which an agent confirms a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from onboarding.domain.approval import Approval, ApprovalKind
from onboarding.usecases.open_page import open_console
from onboarding.usecases.show_console import may_see

if TYPE_CHECKING:
    from onboarding.domain.page_links import PageLink
    from onboarding.ports import Approvals, Clock, PageLinks


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and whether the holder of the link may answer it."""

    link: PageLink
    approval: Approval
    may_decide: bool
    now: datetime


def show_approval(
    token: str,
    approval_id: str,
    *,
    links: PageLinks,
    store: Approvals,
    clock: Clock,
    real_clock: Clock,
) -> Asked | None:
    """Nothing where the link opens nothing, or not this approval."""
    link = open_console(token, links=links, real_clock=real_clock)
    approval = store.approval(approval_id)
    if link is None or approval is None or not may_see(link, approval):
        return None
    return Asked(link, approval, may_decide(link, approval), clock.now())


def may_decide(link: PageLink, approval: Approval) -> bool:
    """A decision has a name, and one about another organisation's domain concerns two of them."""
    across = approval.kind is ApprovalKind.CROSS_ORGANISATION
    return link.by is not None and not (across and link.organisation_id is not None)
