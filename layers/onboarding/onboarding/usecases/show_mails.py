"""The page on which a recipient stops our mails about a domain or an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.domain.stopping import Mailing, StopLink
from onboarding.domain.tokens import token_hash
from onboarding.usecases.open_page import NOBODY

if TYPE_CHECKING:
    from onboarding.ports import Clock, StopLinks, Stops


def show_mails(token: str, *, links: StopLinks, store: Stops, real_clock: Clock) -> Mailing | None:
    """Nothing where the link opens nothing. Changes nothing, whoever opens it: programs that scan
    mails follow every link in them."""
    link = open_stop_link(token, links=links, real_clock=real_clock)
    if link is None:
        return None
    return Mailing(link, stopped=store.stop_of(link.subject, link.recipient) is not None)


def open_stop_link(token: str, *, links: StopLinks, real_clock: Clock) -> StopLink | None:
    """Nothing for a link that is unknown, malformed, expired or revoked; each costs two reads."""
    link = links.stop_link(token_hash(token))
    revoked_at = links.page_links_revoked_at(link.family if link else NOBODY)
    return link if link is not None and link.is_open(real_clock.now(), revoked_at) else None
