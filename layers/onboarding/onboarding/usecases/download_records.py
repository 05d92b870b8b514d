"""The records of a domain as a file, from its customer's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.domain.domain_page import files_of
from onboarding.usecases.open_page import open_page

if TYPE_CHECKING:
    from onboarding.domain.files.registry import Offer
    from onboarding.ports import Clock, DomainStore, PageLinks


def download_records(
    token: str,
    form: str,
    *,
    links: PageLinks,
    store: DomainStore,
    clock: Clock,
    real_clock: Clock,
) -> Offer | None:
    """The records as the file ``form``; nothing where the link opens nothing, or where the page
    does not offer it."""
    domain = open_page(token, links=links, store=store, clock=clock, real_clock=real_clock)
    if domain is None:
        return None
    return next((file for file in files_of(domain) if file.format == form), None)
