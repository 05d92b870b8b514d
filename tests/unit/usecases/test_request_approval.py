"""Asking a person, and letting the workflow wait."""

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.lifecycle import State
from onboarding.usecases.request_approval import request_approval
from tests.support.world import DOMAIN, TICKET, World


def again(world: World, approval_id: str, token: str) -> None:
    request_approval(
        approval_id, token, store=world.store, workflows=world.workflows, clock=world.clock
    )


def test_the_domain_waits_and_the_ticket_is_asked_with_the_price_and_how_to_answer(
    world: World,
) -> None:
    approval_id = world.awaiting_approval()
    assert world.domain().state is State.AWAITING_APPROVAL
    assert world.domain().slot is None
    entry = world.store.timeline(DOMAIN)[-1]
    assert entry.what == "awaiting_approval"
    assert entry.why.endswith("Price: price agreed separately.")
    [(ticket, _)] = world.store.comments
    assert ticket == TICKET
    [text] = world.comments()
    assert "a pack of more domains for account acme" in text
    assert "price agreed separately" in text
    assert f"xes approve {approval_id}" in text


def test_asking_again_asks_once_and_keeps_the_latest_token(world: World) -> None:
    approval_id = world.awaiting_approval()
    before = world.effects() | {"approvals": {}}
    again(world, approval_id, "token-2")
    assert world.effects() | {"approvals": {}} == before
    assert world.store.approvals[approval_id].task_token == "token-2"


def test_an_answer_that_came_before_the_token_lets_the_workflow_go_on_at_once(
    world: World,
) -> None:
    world.used_up()
    world.accepted()
    approval_id = world.admit()["approval_id"]
    world.decide(approval_id)
    assert world.workflows.resumed == []
    assert list(world.store.undelivered_approvals())
    world.workflows.waiting.add("late")
    again(world, approval_id, "late")
    [(token, answer)] = world.workflows.resumed
    assert (token, answer["decision"]) == ("late", "given")
    assert list(world.store.undelivered_approvals()) == []


def test_a_domain_that_was_given_up_meanwhile_is_not_asked_about(world: World) -> None:
    world.used_up()
    world.accepted()
    approval_id = world.admit()["approval_id"]
    world.offboard()
    world.workflows.waiting.add("late")
    again(world, approval_id, "late")
    assert world.domain().state is State.OFFBOARDED
    [(_, answer)] = world.workflows.resumed
    assert answer["decision"] == ApprovalStatus.REFUSED
    assert not any("waits for an approval" in text for text in world.comments())
