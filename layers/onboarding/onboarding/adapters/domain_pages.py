"""A customer's page about a domain, as HTML that works without its script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onboarding.adapters.page_templates import PageTemplates, policy_with

if TYPE_CHECKING:
    from onboarding.domain.domain_page import DomainPage

NOTICES: Final = {
    "now": "We have just looked at your DNS.",
    "called": "We look at your DNS within two minutes, and this page shows what we find.",
    "soon": "We looked a few seconds ago. Try again in a moment.",
    "later": "The look could not be finished. It is repeated by itself.",
}
"""What came of "check now", by what the address says of it."""


class DomainPages:
    """``policy`` is the Content-Security-Policy of the pages that are not a domain's."""

    def __init__(self) -> None:
        self._templates = PageTemplates()
        self._script = self._templates.script("domain/page.js")
        self.policy = self._templates.policy

    def page(
        self, page: DomainPage, nonce: str, base: str, *, looked: str = "", renew: bool = False
    ) -> tuple[str, str]:
        """The page and its policy. ``base`` is the page's own relative address; ``nonce`` is to be
        guessed by nobody; ``looked`` is a key of ``NOTICES``, anything else says nothing."""
        html = self._templates.render(
            "domain/page",
            page=page,
            nonce=nonce,
            base=base,
            notice=NOTICES.get(looked, ""),
            renew=renew,
            script=self._script,
        )
        return html, policy_with(nonce)

    def unknown(self) -> str:
        """The one answer to every link that opens nothing."""
        return self._templates.unknown()

    def refused(self, reason: str) -> str:
        return self._templates.refused(reason, "Go back to the page and press “Check now” there.")
