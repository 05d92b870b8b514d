"""The agents' first page: what waits for a decision, and the domains by state and age."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.lifecycle import State
from onboarding.usecases.open_page import open_console

if TYPE_CHECKING:
    from onboarding.domain.approval import Approval
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.domain.page_links import PageLink
    from onboarding.ports import Approvals, Clock, DomainStore, PageLinks

    class Store(DomainStore, Approvals, Protocol):
        """What is listed."""


MAX_LISTED: Final = 200
MAX_SEARCHED: Final = 20_000
"""Domains that a search looks through: an answer has to come within a page's patience."""

STATES: Final = tuple(state for state in State if state is not State.AWAITING_LINK)
"""Those that domains have; only addresses await a link."""


@dataclass(frozen=True, slots=True)
class Console:
    """What the page shows at ``now``. ``more`` says that there are domains which it does not."""

    link: PageLink
    state: State
    query: str
    domains: tuple[SendingDomain, ...]
    more: bool
    approvals: tuple[Approval, ...]
    now: datetime


def show_console(
    token: str,
    state: str,
    query: str,
    *,
    links: PageLinks,
    store: Store,
    clock: Clock,
    real_clock: Clock,
) -> Console | None:
    """Nothing where the link opens nothing. ``query`` is looked for in names of domains, accounts,
    organisations and tickets, in every state; without it, ``state`` is listed (those that await
    their records, where it is no state). A link to one domain lists that one."""
    link = open_console(token, links=links, real_clock=real_clock)
    if link is None:
        return None
    chosen = State(state) if state in STATES else State.AWAITING_DNS
    wanted = query.strip().lower()
    if link.domain is not None:
        found: Iterator[SendingDomain] = iter([d for d in [store.domain(link.domain)] if d])
    elif wanted:
        searched = islice(store.domains(STATES), MAX_SEARCHED)
        found = (domain for domain in searched if _matches(domain, wanted))
    elif link.organisation_id is not None:
        found = iter(store.domains((chosen,)))
    else:
        found = iter(store.longest_in(chosen, MAX_LISTED + 1))
    listed = list(islice((d for d in found if link.covers(d)), MAX_LISTED + 1))
    listed.sort(key=lambda domain: (domain.since, domain.domain))
    pending = [a for a in store.pending_approvals() if may_see(link, a)]
    pending.sort(key=lambda approval: (approval.requested_at, approval.approval_id))
    return Console(
        link=link,
        state=chosen,
        query=query.strip(),
        domains=tuple(listed[:MAX_LISTED]),
        more=len(listed) > MAX_LISTED,
        approvals=tuple(pending[:MAX_LISTED]),
        now=clock.now(),
    )


def may_see(link: PageLink, approval: Approval) -> bool:
    if link.domain is not None:
        return (link.domain, link.request_id) == (approval.subject, approval.request_id)
    return link.organisation_id in (None, approval.organisation_id)


def _matches(domain: SendingDomain, wanted: str) -> bool:
    names = (domain.domain, domain.account_id, domain.organisation_id, str(domain.ticket))
    return any(wanted in name.lower() for name in names)
