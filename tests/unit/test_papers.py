"""Signed documents on paper: whole, always the same, legible in any script or visibly not."""

import sys
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from onboarding.adapters.papers import LazyPapers
from onboarding.domain.document import How, Signer
from tests.support.documents import a_document, a_signature

PAPERS = LazyPapers()


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(p.extract_text() for p in PdfReader(BytesIO(pdf)).pages).split())


def printed(name: str = "Ada Owner", **changes: object) -> bytes:
    signature = a_signature(signer=Signer(name, "Head of IT"), **changes)
    return PAPERS.print(a_document().signed(signature))


def test_a_paper_holds_the_whole_text_and_everything_of_the_signature() -> None:
    text = text_of(printed())
    for line in a_document().text.splitlines():
        assert " ".join(line.split()) in text
    for shown in (
        "Name Ada Owner",
        "Role Head of IT",
        "Time 23 November 2026, 10:00:00 UTC",
        "Network address 203.0.113.7",
        "Document RD-0000000000A1",
        "Domain news.example.com",
        "Account acme",
        "Text version 1",
        f"SHA-256 of the text {a_document().sha256}",
    ):
        assert shown in text


def test_the_same_document_is_the_same_bytes_every_time() -> None:
    assert printed() == LazyPapers().print(a_document().signed(a_signature()))
    assert printed("Bob Other") != printed()


@pytest.mark.parametrize(
    "name", ["Zoë Łukasiewicz-Ğş", "Ελένη Παπαδοπούλου", "Пётр Їжакевич", "O’Neill <b>&amp;"]
)
def test_latin_greek_and_cyrillic_names_are_legible(name: str) -> None:
    assert name in text_of(printed(name))


def test_what_the_font_lacks_is_shown_by_its_code_point_and_kept_in_the_metadata() -> None:
    pdf = printed("李 小龍 Lee")
    assert "[U+674E] [U+5C0F][U+9F8D] Lee" in text_of(pdf)
    metadata = PdfReader(BytesIO(pdf)).metadata
    assert metadata is not None
    assert metadata.author == "李 小龍 Lee"
    assert a_document().sha256 in str(metadata.subject)


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120))
def test_any_name_can_be_printed(name: str) -> None:
    assert printed(name).startswith(b"%PDF-")


@pytest.mark.parametrize("how", How)
def test_every_way_of_signing_is_named_on_paper(how: How) -> None:
    assert "Signed" in text_of(printed(how=how))


def test_an_unsigned_document_is_not_printed() -> None:
    with pytest.raises(ValueError, match="is not signed"):
        PAPERS.print(a_document())


def test_the_library_is_loaded_only_when_a_paper_is_printed() -> None:
    import subprocess

    code = (
        "import sys; from onboarding.adapters.papers import LazyPapers; LazyPapers();"
        "print([m for m in sys.modules if m.startswith(('reportlab', 'PIL'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
