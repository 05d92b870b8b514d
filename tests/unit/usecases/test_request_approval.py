"""Asking a person, and letting the workflow wait."""

from datetime import timedelta

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.lifecycle import State
from tests.support.values import a_request, an_approval
from tests.support.world import DOMAIN, TICKET, World


def again(world: World, approval_id: str, token: str) -> None:
    world.request_approval(approval_id, token)


def test_the_domain_waits_and_the_ticket_is_asked_with_the_price_and_how_to_answer(
    world: World,
) -> None:
    approval_id = world.awaiting_approval()
    assert world.domain().state is State.AWAITING_APPROVAL
    assert world.domain().slot is None
    *_, entry, mailed = world.store.timeline(DOMAIN)
    assert (entry.what, mailed.what) == ("awaiting_approval", "approval_requested_mailed")
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


def test_the_contact_is_told_who_decides_what_for_how_much_and_until_when(world: World) -> None:
    world.awaiting_approval()
    [letter] = world.mailer.sent
    assert letter.recipient == "dns@example.com"
    assert letter.decision == "a pack of more domains for account acme"
    assert letter.price == "price agreed separately"
    assert letter.expires_at == world.clock.now() + timedelta(days=14)


def test_what_agents_alone_may_know_is_in_no_letter(world: World) -> None:
    world.accepted()
    approval = an_approval(internal="The holder is globex.")
    world.store.open_approval(approval)
    world.request_approval(approval.approval_id, "token")
    [letter] = world.mailer.sent
    assert "globex" not in str(letter)


def test_a_domain_that_another_organisation_holds_gets_no_line_of_it(world: World) -> None:
    world.accepted(a_request(account_id="globex"), "req_0")
    world.admit("req_0")
    world.accepted()
    world.request_approval(world.admit()["approval_id"], "token")
    assert [letter.kind.value for letter in world.mailer.sent] == ["approval_requested"]
    assert "approval_requested_mailed" not in world.happened()
