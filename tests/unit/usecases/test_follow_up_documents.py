"""What time does to a document: reminders, the end, and deliveries that are made up for."""

from datetime import timedelta

import pytest

from onboarding.domain.document import WHY_UNSIGNED, DocumentState
from onboarding.domain.lifecycle import State
from onboarding.port_errors import MailRefused
from tests.support.values import a_request, a_request_with_mail_from
from tests.support.world import DOMAIN, World

DAY = timedelta(days=1)


@pytest.fixture
def asked(world: World) -> World:
    world.admitted(a_request_with_mail_from(document=None))
    world.request_document()
    return world


def test_three_reminders_go_out_each_once_with_a_link_of_its_own(asked: World) -> None:
    tokens = {asked.link_token()}
    for _ in range(1, 14):
        asked.clock.advance(DAY)
        asked.follow_up()
        asked.follow_up()
        tokens.add(asked.link_token())
    assert asked.mailed() == ["document", *["document_reminder"] * 3]
    assert len(tokens) == 4
    assert asked.happened().count("document_reminder_mailed") == 3
    assert asked.sign(min(tokens)) is not None


def test_unsigned_after_14_days_the_request_expires_and_all_are_told(asked: World) -> None:
    asked.clock.advance(14 * DAY)
    assert asked.follow_up() == {"expired": 1}
    assert asked.workflows.resumed == [("task-1", {"signed": False, "reason": WHY_UNSIGNED})]
    assert asked.follow_up() == {}

    assert asked.expire(why=WHY_UNSIGNED) == {"state": "expired"}
    assert asked.domain().state is State.EXPIRED
    assert asked.mailed()[-1] == "document_expired"
    assert "not signed within 14 days" in asked.store.timeline(DOMAIN)[-2].why
    assert "not signed within 14 days. Ask again" in asked.comments()[-1]
    effects = asked.effects()
    asked.expire(why=WHY_UNSIGNED)
    assert asked.effects() == effects


def test_records_that_never_came_are_told_as_such_whoever_signed(asked: World) -> None:
    asked.sign(asked.link_token())
    asked.create()
    asked.set_mail_from()
    asked.send_records()
    asked.clock.advance(14 * DAY)
    asked.expire()
    assert asked.mailed()[-1] == "expired"


def test_a_signature_in_the_last_moment_is_not_overruled(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.clock.advance(14 * DAY - timedelta(seconds=1))
    token, save = asked.link_token(), asked.documents.save_document

    def raced(changed: object) -> object:
        monkeypatch.setattr(asked.documents, "save_document", save)
        asked.clock.advance(-timedelta(seconds=1))
        asked.sign(token)
        return save(changed)  # type: ignore[arg-type]

    asked.clock.advance(timedelta(seconds=1))
    monkeypatch.setattr(asked.documents, "save_document", raced)
    asked.follow_up()
    assert asked.document().state is DocumentState.SIGNED
    assert asked.workflows.resumed == [("task-1", {"signed": True, "reason": None})]


def test_an_outcome_that_could_not_be_delivered_is_delivered_later(asked: World) -> None:
    asked.workflows.failures = [ConnectionError("no")]
    signing = asked.sign(asked.link_token())
    assert signing is not None
    assert signing.fault is not None
    assert asked.workflows.resumed == []
    assert asked.follow_up() == {"delivered": 1}
    assert asked.workflows.resumed == [("task-1", {"signed": True, "reason": None})]


def test_where_nobody_waits_any_more_it_is_tried_once(asked: World) -> None:
    asked.workflows.waiting.clear()
    asked.sign(asked.link_token())
    assert asked.workflows.resumed == []
    assert asked.document().is_settled()
    assert asked.follow_up() == {}


def test_a_document_that_its_request_does_not_wait_for_any_more_is_closed(asked: World) -> None:
    asked.fail()
    assert asked.follow_up() == {"expired": 1}
    assert asked.sign(asked.link_token()) is None


def test_a_document_that_was_just_issued_is_left_alone(asked: World) -> None:
    asked.store.stored_domains.pop(DOMAIN)
    assert asked.follow_up() == {}
    asked.clock.advance(timedelta(hours=1))
    assert asked.follow_up() == {"expired": 1}


def test_one_that_fails_does_not_hold_up_the_others(asked: World) -> None:
    other = a_request_with_mail_from(document=None, domain="shop.example.com")
    asked.admitted(other, "req_2")
    asked.request_document("req_2", "task-2")
    asked.clock.advance(3 * DAY)
    asked.mailer.failures = [MailRefused("not now")]
    with pytest.raises(ExceptionGroup, match="could not be followed up"):
        asked.follow_up()
    assert asked.mailed() == ["document", "document", "document_reminder"]
    assert asked.follow_up() == {"reminded": 1}


def test_requests_without_a_mail_from_are_none_of_its_business(world: World) -> None:
    world.waiting(a_request())
    assert world.follow_up() == {}
