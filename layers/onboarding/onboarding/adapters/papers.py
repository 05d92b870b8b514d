"""Signed documents as PDFs: the port ``Papers``, a library only when one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onboarding.domain.document import IssuedDocument


class LazyPapers:
    """Implements ``Papers``. Most runs of the functions that may print one print none."""

    def print(self, document: IssuedDocument) -> bytes:
        from onboarding.adapters.paper_layout import ReportLabPapers

        return ReportLabPapers().print(document)
