"""A document that was signed elsewhere: on paper, or as the ticket says."""

import hashlib

import pytest

from onboarding.domain.document import MAX_FILE_OCTETS, DocumentState, How
from onboarding.usecases.file_document import AlreadySigned, NotWanted, is_pdf
from tests.support.values import a_request, a_request_with_mail_from
from tests.support.world import World

SCAN = b"%PDF-1.7 scan"


@pytest.fixture
def asked(world: World) -> World:
    world.admitted(a_request_with_mail_from(document=None))
    world.request_document()
    return world


def test_an_agent_files_a_scan_and_its_hash_is_recorded(asked: World) -> None:
    document = asked.file()
    assert document.state is DocumentState.SIGNED
    assert document.file is not None
    assert document.file.sha256 == hashlib.sha256(SCAN).hexdigest()
    assert asked.files.kept == {document.file.key: SCAN}
    assert document.signature is not None
    assert (document.signature.how, document.signature.by) == (How.AGENT, "bob")
    assert (document.signature.version, document.signature.sha256) == ("1", document.sha256)
    assert asked.workflows.resumed == [("task-1", {"signed": True, "reason": None})]
    assert asked.store.timeline("news.example.com")[-1].by == "agent bob"


def test_before_it_was_asked_for_the_text_that_was_signed_is_not_ours(world: World) -> None:
    world.admitted(a_request_with_mail_from(document=None))
    document = world.file()
    assert document.signature is not None
    assert (document.signature.version, document.signature.sha256) == (None, None)


def test_what_is_signed_already_stays_and_says_so(asked: World) -> None:
    asked.sign(asked.link_token())
    effects = asked.effects()
    with pytest.raises(AlreadySigned) as refused:
        asked.file(content=b"%PDF-2 other")
    assert refused.value.document.signature is not None
    assert refused.value.document.signature.how is How.PAGE
    assert asked.effects() == effects


def test_of_a_page_and_an_agent_at_once_the_first_counts(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, save = asked.link_token(), asked.documents.save_document

    def raced(changed: object) -> object:
        monkeypatch.setattr(asked.documents, "save_document", save)
        asked.sign(token)
        return save(changed)  # type: ignore[arg-type]

    monkeypatch.setattr(asked.documents, "save_document", raced)
    with pytest.raises(AlreadySigned):
        asked.file()
    assert len(asked.workflows.resumed) == 1


def test_there_has_to_be_something_to_sign_for(world: World) -> None:
    with pytest.raises(NotWanted, match="not known here") as unknown:
        world.file()
    assert unknown.value.code == "unknown_domain"
    world.admitted(a_request())
    with pytest.raises(NotWanted, match="waits for no document") as not_needed:
        world.file()
    assert not_needed.value.code == "not_needed"
    named = World()
    named.admitted(a_request_with_mail_from())
    with pytest.raises(NotWanted, match="the request itself names one"):
        named.file()


def test_after_its_end_a_request_takes_no_document(asked: World) -> None:
    asked.fail()
    with pytest.raises(NotWanted, match="it is failed") as late:
        asked.file()
    assert late.value.code == "too_late"
    assert asked.files.kept == {}


@pytest.mark.parametrize(
    ("content", "fits"),
    [
        (b"%PDF-1.4\n", True),
        (b"", False),
        (b"PK\x03\x04", False),
        (b"%PDF-" + b"x" * (MAX_FILE_OCTETS - 5), True),
        (b"%PDF-" + b"x" * (MAX_FILE_OCTETS - 4), False),
    ],
)
def test_a_file_is_a_pdf_of_at_most_ten_mebibytes(content: bytes, fits: bool) -> None:
    assert is_pdf(content) is fits
