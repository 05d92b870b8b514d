"""The pages' templates: one layout and one style sheet for all of them."""

import base64
import hashlib
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "pages"

_EVERYWHERE: Final = "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class PageTemplates:
    """Renders pages. ``policy`` is the Content-Security-Policy of a page without a script: nothing
    is loaded from anywhere, the one style is known by its hash, and forms go back to us."""

    def __init__(self) -> None:
        style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = f"default-src 'none'; style-src 'sha256-{digest}'; {_EVERYWHERE}"
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["breakable"] = breakable
        self._environment.globals["style"] = Markup(style)  # noqa: S704 - our own file

    def render(self, name: str, **values: object) -> str:
        return self._environment.get_template(f"{name}.html.j2").render(values)

    def script(self, name: str) -> Markup:
        """Our own file, to be put into a page by a ``nonce``."""
        return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704

    def unknown(self) -> str:
        """The one answer to every link that opens nothing."""
        return self.render("unknown")

    def refused(self, reason: str, cure: str) -> str:
        return self.render("refused", reason=reason, cure=cure)


def breakable(text: str) -> Markup:
    """A long name, escaped, that may go on in the next line behind each dot."""
    return Markup(".<wbr>").join(text.split("."))


def policy_with(nonce: str) -> str:
    """The policy of one answer of a page with a script of ours, which may ask us alone."""
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        f"connect-src 'self'; {_EVERYWHERE}"
    )
