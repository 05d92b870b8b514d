"""A mail as it was sent, for agents to read or to save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.usecases.open_page import NOBODY, open_console
from onboarding.usecases.show_case import sent_letters

if TYPE_CHECKING:
    from onboarding.domain.kept_letter import KeptLetter
    from onboarding.ports import Clock
    from onboarding.usecases.show_case import Pages, Store


def show_letter(
    token: str, domain_name: str, key: str, *, pages: Pages, store: Store, real_clock: Clock
) -> KeptLetter | None:
    """Nothing where the link opens nothing or not this domain, or no such mail is kept. ``key`` is
    its occasion, without the request."""
    link = open_console(token, links=pages, real_clock=real_clock)
    domain = store.domain(domain_name if link is not None else NOBODY)
    if link is None or domain is None or not link.covers(domain):
        return None
    wanted = f"{domain.request_id}#{key}"
    sent = (each.letter for each in sent_letters(domain, pages, store))
    return next((letter for letter in sent if letter.key == wanted), None)
