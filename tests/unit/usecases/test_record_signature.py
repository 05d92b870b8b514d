"""A ticket that says its document is signed."""

import json

import pytest

from onboarding.contracts import DocumentData, InvalidRequest, parse_event
from onboarding.domain.document import DocumentState, How
from onboarding.domain.request import ResponsibilityDocument
from tests.support.values import NOW, RULES, a_request, a_request_with_mail_from
from tests.support.world import World

SIGNED = {"reference": "DOC-9", "signed_by": "Ada Acme", "signed_at": "2026-11-23T10:00:00Z"}
DATA = {"ticket_id": "4711", "domain": "News.example.com", "responsibility_document": SIGNED}


@pytest.fixture
def asked(world: World) -> World:
    world.admitted(a_request_with_mail_from(document=None))
    world.request_document()
    return world


def event(**changes: object) -> bytes:
    return json.dumps({"type": "document.signed", "data": {**DATA, **changes}}).encode()


def test_the_event_is_read_with_its_domain_as_an_a_label() -> None:
    assert parse_event(event(), RULES) == DocumentData(
        "4711", "news.example.com", ResponsibilityDocument("DOC-9", "Ada Acme", NOW)
    )


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"responsibility_document": None}, "responsibility_document", "invalid_type"),
        (
            {"responsibility_document": {**SIGNED, "signed_at": "today"}},
            "responsibility_document.signed_at",
            "invalid_time",
        ),
        ({"domain": "co.uk"}, "domain", "public_suffix"),
    ],
)
def test_every_field_of_it_is_needed(changes: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_event(event(**changes), RULES)
    assert [(e.field, e.code) for e in refused.value.errors] == [(field, code)]
    assert refused.value.ticket_id == "4711"


def test_the_document_of_the_ticket_is_recorded_and_the_workflow_goes_on(asked: World) -> None:
    assert asked.record_signature() == {
        "domain": "news.example.com",
        "document": asked.document().reference,
        "signed_by": "Ada Acme",
        "signed_at": "2026-11-23T10:00:00+00:00",
    }
    document = asked.document()
    assert document.signature is not None
    assert (document.signature.how, document.signature.reference) == (How.TICKET, "DOC-9")
    assert (document.signature.sha256, document.file) == (None, None)
    assert document.is_settled()
    assert asked.workflows.resumed == [("task-1", {"signed": True, "reason": None})]
    assert "(DOC-9)" in asked.comments()[-1]
    asked.create()
    assert asked.set_mail_from() == {"mail_from": "bounce.news.example.com", "busy": False}


def test_said_again_it_is_the_first_signature(asked: World) -> None:
    first = asked.record_signature()
    effects = asked.effects()
    assert asked.record_signature() == first
    assert asked.record_signature(delivery="msg_10") == first
    assert asked.effects() == effects


def test_what_was_signed_on_the_page_stays(asked: World) -> None:
    asked.sign(asked.link_token())
    assert asked.record_signature()["signed_by"] == "Ada Owner"


def code_of(world: World, ticket_id: str = "4711") -> str:
    with pytest.raises(InvalidRequest) as refused:
        world.record_signature(ticket_id)
    assert refused.value.ticket_id == ticket_id
    return refused.value.errors[0].code


def test_another_ticket_cannot_sign_for_the_domain(asked: World) -> None:
    assert code_of(asked, "4712") == "unknown_domain"
    assert asked.document().state is DocumentState.OPEN


def test_where_nothing_waits_for_a_document_the_reason_is_named(world: World) -> None:
    assert code_of(world) == "unknown_domain"
    world.admitted(a_request())
    assert code_of(world) == "not_needed"


def test_after_the_end_it_is_too_late(asked: World) -> None:
    asked.fail()
    assert code_of(asked) == "too_late"
