"""How a signed document looks on paper, by ReportLab.

Loaded only when one is printed: the library takes as long to import as a whole function does.
"""

import re
from functools import cached_property
from importlib.resources import as_file, files
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from onboarding.domain.document import IssuedDocument, Signature, particulars

MARGIN: Final = 20 * mm
WIDTH: Final = A4[0] - 2 * MARGIN - 12
"""Points, within the padding of ReportLab's frame."""
FONTS: Final = {"Fira": "FiraSans-Regular.ttf", "Fira-Bold": "FiraSans-Bold.ttf"}
"""Latin, Greek and Cyrillic; what they lack is shown by its code point."""

_HEADING: Final = re.compile(r"(\d+\. |[A-Z ]+\Z)")
_ITEM: Final = re.compile(r"[a-z]\. ")


class ReportLabPapers:
    """Implements ``Papers``, deterministically."""

    def print(self, document: IssuedDocument) -> bytes:
        if document.signature is None:
            raise ValueError(f"{document.reference} is not signed")
        made = BytesIO()
        page = SimpleDocTemplate(
            made,
            pagesize=A4,
            leftMargin=MARGIN,
            rightMargin=MARGIN,
            topMargin=MARGIN,
            bottomMargin=MARGIN,
            title=f"Responsibility for bounces and complaints: {document.domain}",
            author=document.signature.signer.name,
            subject=f"{document.reference}, SHA-256 of the text {document.sha256}",
            lang="en",
            invariant=1,  # no time of printing, no random id: the same document, the same bytes
        )
        _register(self._fonts)
        foot = _foot(document)
        page.build(self._story(document, document.signature), onFirstPage=foot, onLaterPages=foot)
        return made.getvalue()

    @cached_property
    def _fonts(self) -> dict[str, TTFont]:
        folder = files("fontpkg_fira_sans") / "files"
        fonts = {}
        for name, file in FONTS.items():
            with as_file(folder / file) as path:
                fonts[name] = TTFont(name, str(path))
        return fonts

    def _story(self, document: IssuedDocument, signature: Signature) -> list[Any]:
        text = [self._line(line) for line in document.text.splitlines()]
        rows = [
            [Paragraph(self._shown(name), _LABEL), Paragraph(self._shown(value), _TEXT)]
            for name, value in particulars(document, signature)
        ]
        table = Table(rows, colWidths=[38 * mm, WIDTH - 38 * mm], hAlign="LEFT")
        table.setStyle(
            TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.5, HexColor("#c8ccd0")),
                    ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ]
            )
        )
        return [*text, KeepTogether([Paragraph("Signed", _HEAD), table])]

    def _line(self, line: str) -> Any:
        if not line.strip():
            return Spacer(1, 2 * mm)
        style = _HEAD if _HEADING.match(line) else _INDENTED if _ITEM.match(line) else _TEXT
        return Paragraph(self._shown(line), style)

    def _shown(self, text: str) -> str:
        """Escaped, with what the font has no shape for as ``[U+4E2D]``: visibly not the text."""
        glyphs = self._fonts["Fira"].face.charToGlyph
        return escape("".join(c if ord(c) in glyphs else f"[U+{ord(c):04X}]" for c in text))


def _register(fonts: dict[str, TTFont]) -> None:
    for font in fonts.values():
        pdfmetrics.registerFont(font)


def _foot(document: IssuedDocument) -> Any:
    def draw(canvas: Any, page: Any) -> None:
        canvas.saveState()
        canvas.setFont("Fira", 8)
        canvas.setFillColor(HexColor("#5a6068"))
        canvas.drawString(MARGIN, MARGIN / 2, document.reference)
        canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    return draw


_TEXT: Final = ParagraphStyle(
    "text", fontName="Fira", fontSize=10, leading=14, alignment=TA_LEFT, splitLongWords=1
)
_INDENTED: Final = ParagraphStyle("item", _TEXT, leftIndent=5 * mm, spaceAfter=1 * mm)
_LABEL: Final = ParagraphStyle("label", _TEXT, textColor=HexColor("#5a6068"))
_HEAD: Final = ParagraphStyle(
    "heading", _TEXT, fontName="Fira-Bold", fontSize=11, leading=15, spaceBefore=2 * mm
)
