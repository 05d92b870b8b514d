"""The pages on which a document is read and signed: HTML without scripts, in one file each."""

import base64
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from onboarding.domain.document import RECEIPT_PERIOD, IssuedDocument, particulars
from onboarding.domain.signing_form import MAX_NAME, Form

TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "sign"


class SigningPages:
    """``policy`` is the Content-Security-Policy that the pages are made for: nothing is loaded from
    anywhere, no script runs, the one style is known by its hash, and the form goes back to us."""

    def __init__(self) -> None:
        style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["style"] = Markup(style)  # noqa: S704 - our own file

    def form(self, document: IssuedDocument, form: Form) -> str:
        """To be filled in, or again with ``form`` as it was, its errors beside the fields."""
        until = _date(document.expires_at)
        return self._render("form", document=document, form=form, until=until, limit=MAX_NAME)

    def receipt(self, document: IssuedDocument, download: str) -> str:
        """Of a signed document; ``download`` is where its PDF is."""
        assert document.signature is not None  # else there is nothing to show
        return self._render(
            "receipt",
            document=document,
            particulars=tuple(particulars(document, document.signature)),
            download=download,
            until=_date(document.signature.at + RECEIPT_PERIOD),
        )

    def unknown(self) -> str:
        """The one answer to every link that opens nothing."""
        return self._render("unknown")

    def refused(self, reason: str) -> str:
        return self._render("refused", reason=reason)

    def _render(self, name: str, **values: object) -> str:
        return self._environment.get_template(f"{name}.html.j2").render(values)


def _date(at: datetime) -> str:
    return f"{at:%-d %B %Y}"
