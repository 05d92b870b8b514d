"""The signing pages: HTML that works alone, and whose tree no text changes."""

import base64
import hashlib
import itertools
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.adapters.signing_pages import SigningPages
from onboarding.domain.document import Signer, StoredFile
from onboarding.domain.refusal import FieldError
from onboarding.domain.signing_form import Form, read_form
from tests.support.documents import a_document, a_signature
from tests.support.pages import HOSTILE, Tree, held

PAGES = SigningPages()


def empty_form() -> str:
    return PAGES.form(a_document(), Form())


def receipt(signer: str = "Ada Owner", filed: bool = True) -> str:
    file = StoredFile("key", "sha") if filed else None
    signature = a_signature(signer=Signer(signer, "Head of IT"))
    document = replace(a_document().signed(signature), file=file)
    return PAGES.receipt(document, "token/document.pdf")


def test_the_form_shows_the_exact_text_its_hash_and_the_last_day() -> None:
    tree = Tree(empty_form())
    document = a_document()
    assert document.text in tree.text
    assert document.sha256 in tree.text
    assert "until 7 December 2026" in tree.text
    assert "bounce.news.example.com" in tree.text


def test_every_field_has_a_label_and_a_name_and_the_form_goes_back_where_it_came_from() -> None:
    tree = Tree(empty_form())
    fields = [dict.fromkeys(names) for tag, names in tree.elements if tag == "input"]
    assert len(fields) == 3
    labels = re.findall(r'<label for="(\w+)"', empty_form())
    assert labels == ["name", "role", "consent"]
    for name in labels:
        assert tree.values[name, "name"] == name
        assert (name, "required") in tree.values
    assert tree.values["form", "method"] == "post"
    assert ("form", "action") not in tree.values
    assert tree.values["consent", "value"] == "yes"


def test_nothing_is_ticked_or_filled_in_beforehand() -> None:
    tree = Tree(empty_form())
    assert ("consent", "checked") not in tree.values
    assert tree.values["name", "value"] == tree.values["role", "value"] == ""


def test_errors_stand_beside_their_fields_and_what_was_typed_is_kept() -> None:
    form = read_form({"name": "Ada", "role": "", "consent": ""})
    page = PAGES.form(a_document(), form)
    tree = Tree(page)
    assert tree.values["name", "value"] == "Ada"
    assert ("name", "aria-invalid") not in tree.values
    for field in ("role", "consent"):
        assert tree.values[field, "aria-invalid"] == "true"
        described = str(tree.values[field, "aria-describedby"]).split()
        assert f"{field}-error" in described
        assert f'id="{field}-error"' in page
        assert f'href="#{field}"' in page
    assert tree.text.count("Give your role in the organisation") == 2
    assert "Not signed yet" in page.partition("</title>")[0]
    ticked = PAGES.form(a_document(), read_form({"name": "", "role": "x", "consent": "yes"}))
    assert ("consent", "checked") in Tree(ticked).values


def test_the_receipt_shows_who_what_when_and_leads_to_the_paper() -> None:
    tree = Tree(receipt())
    for shown in (
        "Ada Owner",
        "Head of IT",
        "23 November 2026, 10:00:00 UTC",
        "203.0.113.7",
        "RD-0000000000A1",
        a_document().sha256,
        a_document().text,
    ):
        assert shown in tree.text
    assert tree.values["a", "href"] == "token/document.pdf"
    assert "form" not in [tag for tag, _ in tree.elements]
    unfiled = Tree(receipt(filed=False))
    assert "a" not in [tag for tag, _ in unfiled.elements]
    assert "The PDF is being made" in unfiled.text


@pytest.mark.parametrize(
    "page", [empty_form(), receipt(), PAGES.unknown(), PAGES.refused("Because.")]
)
def test_a_page_is_whole_in_itself_and_has_no_script(page: str) -> None:
    tree = Tree(page)
    tags = [tag for tag, _ in tree.elements]
    assert page.startswith("<!doctype html>\n")
    assert tree.values["html", "lang"] == "en"
    assert [tags.count(tag) for tag in ("title", "main", "h1", "style")] == [1, 1, 1, 1]
    assert not {"script", "img", "link", "iframe", "object"} & set(tags)
    assert not any(name.startswith("on") or name == "style" for _, n in tree.elements for name in n)
    assert "http" not in re.sub(r"<p class=\"sheet\">.*?</p>", "", page, flags=re.S)
    headings = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))


def test_the_policy_allows_the_one_style_and_the_form_and_nothing_else() -> None:
    [style] = re.findall(r"<style>(.*?)</style>", empty_form(), flags=re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert PAGES.policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def hostile_form(text: str) -> Form:
    errors = (FieldError("name", "x", text), FieldError("role", "x", text))
    return Form(name=text, role=text, errors=errors)


def check(text: str) -> None:
    facts = replace(a_document().facts, domain=text, mail_from=text, reference=text)
    document = replace(a_document(), facts=facts, text=text)
    plain, hostile = (
        Tree(PAGES.form(a_document(), hostile_form("x"))),
        Tree(PAGES.form(document, hostile_form(text))),
    )
    assert hostile.elements == plain.elements
    assert held(str(hostile.values["name", "value"])) == held(text)
    assert held(text) in held(hostile.text)
    signature = a_signature(signer=Signer(text, text), agent=text, address=text, reference=text)
    signed = replace(document.signed(signature), file=StoredFile("k", "s"))
    plain_receipt = receipt()
    plain_names = [(t, n) for t, n in Tree(plain_receipt).elements if t not in ("dt", "dd")]
    shown = Tree(PAGES.receipt(signed, "token/document.pdf"))
    assert [(t, n) for t, n in shown.elements if t not in ("dt", "dd")] == plain_names
    assert held(text) in held(shown.text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_becomes_part_of_the_page(text: str) -> None:
    check(text)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_no_text_at_all_changes_the_tree_of_a_page(text: str) -> None:
    check(text)
