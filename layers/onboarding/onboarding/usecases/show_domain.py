"""A customer's page about a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.domain.domain_page import DomainPage, domain_page
from onboarding.usecases.open_page import open_page

if TYPE_CHECKING:
    from onboarding.ports import Clock, DomainStore, PageLinks


def show_domain(
    token: str, *, links: PageLinks, store: DomainStore, clock: Clock, real_clock: Clock
) -> DomainPage | None:
    """Nothing where the link opens nothing. Changes nothing, whoever opens it."""
    domain = open_page(token, links=links, store=store, clock=clock, real_clock=real_clock)
    if domain is None:
        return None
    return domain_page(domain, store.timeline(domain.domain), clock.now())
