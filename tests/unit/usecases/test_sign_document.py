"""Signing on the page: recorded once, with everything that proves it, and the workflow goes on."""

from datetime import timedelta

import pytest

from onboarding.domain.document import (
    PATIENCE,
    RECEIPT_PERIOD,
    DocumentState,
    How,
    Signature,
    Signer,
)
from onboarding.usecases.download_document import download_document
from onboarding.usecases.show_document import show_document
from tests.support.values import a_request_with_mail_from
from tests.support.world import World

OPENS_NOTHING = ["", "0", "x" * 64, "f" * 64, "../" * 20, "\x00", "\ud800", "é" * 5000]


@pytest.fixture
def asked(world: World) -> World:
    world.admitted(a_request_with_mail_from(document=None))
    world.request_document()
    return world


def shown(world: World, token: str) -> object:
    return show_document(token, documents=world.documents, clock=world.clock)


def test_a_signature_holds_who_what_when_and_from_where(asked: World) -> None:
    asked.clock.advance(timedelta(hours=3))
    signing = asked.sign(asked.link_token(), name=" Ada  Owner ", address="2001:db8::7")
    assert signing is not None
    document = asked.document()
    assert signing.document == document
    assert document.state is DocumentState.SIGNED
    assert document.signature == Signature(
        Signer("Ada Owner", "Head of IT"),
        asked.clock.now(),
        How.PAGE,
        version="1",
        sha256=document.sha256,
        address="2001:db8::7",
        agent="a browser",
    )


def test_the_workflow_goes_on_the_ticket_is_told_and_the_paper_filed(asked: World) -> None:
    asked.sign(asked.link_token())
    assert asked.workflows.resumed == [("task-1", {"signed": True, "reason": None})]
    document = asked.document()
    assert document.file is not None
    assert document.file.key == f"news.example.com/{document.reference}.pdf"
    assert document.text.encode() in asked.files.kept[document.file.key]
    assert asked.happened()[-1] == "document_signed"
    entry = asked.store.timeline("news.example.com")[-1]
    assert "Ada Owner, Head of IT (page)" in entry.why
    assert (entry.by, len(asked.comments())) == ("customer", 2)
    assert document.is_settled()


def test_signing_twice_shows_the_first_signature_and_does_nothing(asked: World) -> None:
    token = asked.link_token()
    asked.sign(token)
    effects = asked.effects()
    asked.clock.advance(timedelta(hours=1))
    again = asked.sign(token, name="Eve Other")
    assert again is not None
    assert again.document.signature is not None
    assert again.document.signature.signer.name == "Ada Owner"
    assert asked.effects() == effects


def test_of_two_who_sign_at_once_the_first_counts(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, save = asked.link_token(), asked.documents.save_document

    def raced(changed: object) -> object:
        monkeypatch.setattr(asked.documents, "save_document", save)
        asked.sign(token, name="Bob First")
        return save(changed)  # type: ignore[arg-type]

    monkeypatch.setattr(asked.documents, "save_document", raced)
    signing = asked.sign(token, name="Ada Second")
    assert signing is not None
    assert signing.document.signature is not None
    assert signing.document.signature.signer.name == "Bob First"
    assert len(asked.workflows.resumed) == 1
    assert asked.happened().count("document_signed") == 1


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"role": " "}, {"consent": ""}, {"name": "A\u202eb"}]
)
def test_an_incomplete_form_signs_nothing_and_comes_back_as_it_was(
    asked: World, changes: dict[str, str]
) -> None:
    effects = asked.effects()
    signing = asked.sign(asked.link_token(), **changes)
    assert signing is not None
    assert signing.form is not None
    assert [e.field for e in signing.form.errors] == list(changes)
    assert signing.form.name == changes.get("name", "Ada Owner").strip()
    assert asked.effects() == effects


@pytest.mark.parametrize("token", OPENS_NOTHING)
def test_a_wrong_or_malformed_token_opens_nothing(asked: World, token: str) -> None:
    assert asked.sign(token) is None
    assert shown(asked, token) is None
    assert asked.document().state is DocumentState.OPEN


def test_an_expired_link_opens_nothing_even_before_anybody_noticed(asked: World) -> None:
    asked.clock.advance(PATIENCE)
    assert asked.sign(asked.link_token()) is None
    assert shown(asked, asked.link_token()) is None
    assert asked.document().signature is None


def test_a_receipt_is_shown_for_a_month_and_never_after_a_revocation(asked: World) -> None:
    token = asked.link_token()
    asked.sign(token)
    assert shown(asked, token) == asked.document()
    asked.clock.advance(RECEIPT_PERIOD)
    assert shown(asked, token) is None
    asked.clock.advance(-RECEIPT_PERIOD)
    asked.revoke()
    assert shown(asked, token) is None
    assert asked.sign(token) is None


def test_the_holder_of_the_link_gets_the_paper_once_it_is_there(asked: World) -> None:
    def download(token: str) -> str | None:
        return download_document(
            token, documents=asked.documents, files=asked.files, clock=asked.clock
        )

    token = asked.link_token()
    assert download(token) is None
    asked.sign(token)
    reference = asked.document().reference
    assert download(token) == (
        f"https://files.example/news.example.com/{reference}.pdf?as={reference}.pdf"
    )
    assert download("f" * 64) is None


def test_a_fault_behind_the_signature_loses_nothing(asked: World) -> None:
    asked.files.failures = [ConnectionError("no storage")]
    signing = asked.sign(asked.link_token())
    assert signing is not None
    assert isinstance(signing.fault, ConnectionError)
    assert asked.document().state is DocumentState.SIGNED
    assert asked.workflows.resumed == []

    assert asked.follow_up() == {"delivered": 1}
    assert asked.workflows.resumed == [("task-1", {"signed": True, "reason": None})]
    assert asked.document().is_settled()
    assert asked.happened().count("document_signed") == 1
    assert asked.follow_up() == {}


def test_a_browser_that_says_much_of_itself_is_cut_short(asked: World) -> None:
    from onboarding.usecases.sign_document import Caller, sign_document

    sign_document(
        asked.link_token(),
        {"name": "Ada", "role": "owner", "consent": "yes"},
        Caller("203.0.113.7", "x" * 9000),
        documents=asked.documents,
        store=asked.store,
        files=asked.files,
        papers=asked.papers,
        workflows=asked.workflows,
        clock=asked.clock,
    )
    signature = asked.document().signature
    assert signature is not None
    assert signature.agent == "x" * 300
