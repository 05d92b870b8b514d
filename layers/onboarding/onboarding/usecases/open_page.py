"""What the holder of a page's link may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onboarding.domain.page_links import PageLink, shows
from onboarding.domain.tokens import token_hash

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.ports import Clock, DomainStore, PageLinks

NOBODY: Final = "nobody"
"""Neither a domain nor anybody's links."""


def open_page(
    token: str, *, links: PageLinks, store: DomainStore, clock: Clock, real_clock: Clock
) -> SendingDomain | None:
    """The domain of a customer's link; nothing for one that is unknown, malformed, expired or
    revoked, for an agent's, and for one of a domain that has gone on with another request.

    Each of these costs the same three reads, so that the time of the answer tells as little as the
    answer itself.
    """
    link, is_open = _look_up(token, links, real_clock)
    domain = store.domain(link.domain or NOBODY if link else NOBODY)
    if link is None or domain is None or not is_open or link.agent:
        return None
    return domain if link.covers(domain) and shows(domain, clock.now()) else None


def open_console(token: str, *, links: PageLinks, real_clock: Clock) -> PageLink | None:
    """An agent's link, as long as it is open; a customer's opens nothing here."""
    link, is_open = _look_up(token, links, real_clock)
    return link if link is not None and is_open and link.agent else None


def _look_up(token: str, links: PageLinks, real_clock: Clock) -> tuple[PageLink | None, bool]:
    link = links.page_link(token_hash(token))
    revoked_at = links.page_links_revoked_at(link.family if link else NOBODY)
    return link, link is not None and link.is_open(real_clock.now(), revoked_at)
