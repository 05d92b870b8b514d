"""Asking for the signature: once, by a link that nobody can guess, with the workflow waiting."""

from datetime import timedelta

import pytest

from onboarding.domain.document import DocumentState
from onboarding.domain.lifecycle import State
from onboarding.domain.tokens import token_hash
from onboarding.port_errors import MailRefused
from onboarding.usecases.current import Superseded
from tests.support.values import a_request_with_mail_from
from tests.support.world import DOMAIN, World


def admitted(world: World) -> None:
    world.admitted(a_request_with_mail_from(document=None))


def test_only_a_mail_from_without_a_named_document_needs_one(world: World) -> None:
    world.accepted(a_request_with_mail_from(document=None))
    assert world.admit() == {"admitted": True, "mail_from": True, "needs_document": True}
    other = World()
    other.accepted(a_request_with_mail_from())
    assert other.admit() == {"admitted": True, "mail_from": True, "needs_document": False}


def test_the_contact_is_mailed_a_link_and_the_ticket_is_told(world: World) -> None:
    admitted(world)
    assert world.request_document() == {"asked": True}
    assert world.domain().state is State.AWAITING_DOCUMENT
    [letter] = world.mailer.sent
    assert (letter.kind.value, letter.recipient) == ("document", "dns@example.com")
    assert letter.link == f"https://api.example/v1/sign/{world.link_token()}"
    assert letter.mail_from == "bounce.news.example.com"
    assert letter.expires_at == world.clock.now() + timedelta(days=14)
    assert world.happened()[-2:] == ["document_requested", "document_mailed"]
    [comment] = world.comments()
    assert world.document().reference in comment
    assert world.link_token() not in comment


def test_of_a_link_only_the_hash_is_kept(world: World) -> None:
    admitted(world)
    world.request_document()
    token = world.link_token()
    assert len(token) == 64
    assert list(world.documents.links) == [token_hash(token)]
    assert token not in repr(world.documents)
    assert token not in repr(world.store.entries)


def test_asking_twice_mails_and_tells_once(world: World) -> None:
    admitted(world)
    world.request_document()
    effects = world.effects()
    assert world.request_document() == {"asked": True}
    assert world.effects() == effects


def test_the_text_stays_the_one_that_was_issued_and_a_new_task_takes_over(world: World) -> None:
    admitted(world)
    world.request_document()
    first = world.document()
    world.clock.advance(timedelta(days=1))
    world.request_document(task="task-2")
    second = world.document()
    assert (second.text, second.expires_at) == (first.text, first.expires_at)
    assert second.task_token == "task-2"
    world.sign(world.link_token())
    assert world.workflows.resumed == [("task-2", {"signed": True, "reason": None})]


def test_what_was_signed_before_the_workflow_asks_lets_it_go_on_at_once(world: World) -> None:
    admitted(world)
    world.file()
    assert world.request_document() == {"asked": False}
    assert world.workflows.resumed == [("task-1", {"signed": True, "reason": None})]
    assert world.mailer.sent == []
    assert world.document().is_settled()


@pytest.mark.parametrize(
    ("state", "signed"), [(DocumentState.SIGNED, True), (DocumentState.EXPIRED, False)]
)
def test_an_execution_that_asks_again_gets_the_outcome(
    world: World, state: DocumentState, signed: bool
) -> None:
    admitted(world)
    world.request_document()
    if signed:
        world.sign(world.link_token())
    else:
        world.clock.advance(timedelta(days=14))
        world.follow_up()
    assert world.document().state is state
    assert world.request_document(task="task-2") == {"asked": False}
    token, outcome = world.workflows.resumed[-1]
    assert (token, outcome["signed"]) == ("task-2", signed)
    assert world.document().is_settled()


def test_a_mail_that_was_refused_is_sent_by_the_retry(world: World) -> None:
    admitted(world)
    world.mailer.failures = [MailRefused("not now")]
    with pytest.raises(MailRefused):
        world.request_document()
    world.request_document()
    assert world.mailed() == ["document"]
    assert world.sign(world.link_token()) is not None


def test_a_link_that_cannot_be_made_is_a_mail_that_did_not_go_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted(world)
    with monkeypatch.context() as broken:
        broken.setattr(world.documents, "put_link", lambda *_: 1 / 0)
        with pytest.raises(MailRefused, match="ZeroDivisionError"):
            world.request_document()
    assert world.request_document() == {"asked": True}
    assert world.mailed() == ["document"]


def test_a_mail_in_doubt_is_not_sent_again_and_the_ticket_knows(world: World) -> None:
    admitted(world)
    world.mailer.failures = [TimeoutError("perhaps")]
    with pytest.raises(TimeoutError):
        world.request_document()
    world.request_document()
    assert world.mailed() == []
    assert "mail_unresolved" in world.happened()
    assert "not certain that the mail went out" in world.comments()[0]


def test_a_request_that_does_not_hold_the_domain_asks_nobody(world: World) -> None:
    admitted(world)
    world.accepted(a_request_with_mail_from(document=None), "req_2")
    with pytest.raises(Superseded):
        world.request_document("req_2")
    assert world.documents.document(DOMAIN, "req_2") is None
