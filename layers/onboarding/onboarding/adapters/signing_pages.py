"""The pages on which a document is read and signed: HTML without scripts, in one file each."""

from datetime import datetime

from onboarding.adapters.page_templates import PageTemplates
from onboarding.domain.document import RECEIPT_PERIOD, IssuedDocument, particulars
from onboarding.domain.signing_form import MAX_NAME, Form


class SigningPages:
    """``policy`` is the Content-Security-Policy that the pages are made for; no script runs."""

    def __init__(self) -> None:
        self._templates = PageTemplates()
        self.policy = self._templates.policy

    def form(self, document: IssuedDocument, form: Form) -> str:
        """To be filled in, or again with ``form`` as it was, its errors beside the fields."""
        until = _date(document.expires_at)
        return self._templates.render(
            "sign/form", document=document, form=form, until=until, limit=MAX_NAME
        )

    def receipt(self, document: IssuedDocument, download: str) -> str:
        """Of a signed document; ``download`` is where its PDF is."""
        assert document.signature is not None  # else there is nothing to show
        return self._templates.render(
            "sign/receipt",
            document=document,
            particulars=tuple(particulars(document, document.signature)),
            download=download,
            until=_date(document.signature.at + RECEIPT_PERIOD),
        )

    def unknown(self) -> str:
        """The one answer to every link that opens nothing."""
        return self._templates.unknown()

    def refused(self, reason: str) -> str:
        return self._templates.refused(
            reason, "Go back to the page of the document, fill in its form, and sign there."
        )


def _date(at: datetime) -> str:
    return f"{at:%-d %B %Y}"
