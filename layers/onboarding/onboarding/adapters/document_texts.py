"""The texts of the responsibility document, by version, as the port ``DocumentTexts``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from onboarding.domain.document import Facts

TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "responsibility"

VERSIONS: Final = ("1",)
"""Oldest first; the last one is issued. A version that was ever issued stays as it is, word for
word: people have signed its hash. A better wording is a new version."""


class TemplateTexts:
    """Implements ``DocumentTexts`` with one template for each version."""

    current: str = VERSIONS[-1]

    def write(self, facts: Facts, version: str) -> str:
        if version not in VERSIONS:
            raise LookupError(f"no version {version} of the responsibility document")
        text: str = _template(version).render(
            reference=facts.reference,
            domain=facts.domain,
            mail_from=facts.mail_from,
            account_id=facts.account_id,
            issued_on=facts.issued_at.strftime("%-d %B %Y"),
        )
        return text


def _template(version: str) -> Any:
    # Loaded for the few that are written: a function's start does not pay for the rest.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701 - plain text: whoever shows it escapes it
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template(f"{version}.txt.j2")
