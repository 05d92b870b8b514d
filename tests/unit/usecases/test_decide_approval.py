"""An agent's yes or no, and who is told."""

from datetime import timedelta

import pytest

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.quota import Entitlement, Standing
from onboarding.usecases.decide_approval import ApprovalExpired
from tests.support.values import ACME, an_approval
from tests.support.world import DOMAIN, World

REFUSED = ApprovalStatus.REFUSED


def test_a_yes_is_on_the_timeline_in_the_ticket_and_with_the_workflow(world: World) -> None:
    approval_id = world.awaiting_approval()
    world.clock.advance(timedelta(hours=3))
    assert world.decide(approval_id, note="Invoice 7.").counted
    entry = world.store.timeline(DOMAIN)[-1]
    assert (entry.at, entry.what, entry.by) == (world.clock.now(), "approval_given", "Ada")
    assert entry.why == "Approved: a pack of more domains for account acme. Invoice 7."
    assert world.comments()[-1] == (
        "news.example.com: a pack of more domains for account acme was given by Ada. Invoice 7."
    )
    [(token, answer)] = world.workflows.resumed
    assert token == f"token-of-{approval_id}"
    assert answer["decision"] == "given"


def test_a_no_ends_the_request_with_its_reason_and_without_a_slot(world: World) -> None:
    approval_id = world.awaiting_approval()
    world.decide(approval_id, REFUSED, note="Too many already.")
    [(_, answer)] = world.workflows.resumed
    world.reject(answer["code"], answer["reason"])
    assert world.domain().state is State.REJECTED
    assert world.store.standing(ACME) == Standing(used=10)
    assert world.happened()[-2:] == ["approval_refused", "rejected"]
    assert world.comments()[-1] == (
        "news.example.com was not set up. A pack of more domains for account acme was refused by "
        "Ada. Too many already."
    )
    assert len(world.comments()) == 2, "each step once"


@pytest.mark.parametrize("second", [ApprovalStatus.GIVEN, REFUSED])
def test_a_second_decision_gets_the_first_one_and_changes_nothing(
    world: World, second: ApprovalStatus
) -> None:
    approval_id = world.awaiting_approval()
    first = world.decide(approval_id)
    effects = world.effects()
    again = world.decide(approval_id, second, by="Bob", note="No.")
    assert (again.counted, again.approval) == (False, first.approval)
    assert world.effects() == effects


def test_a_decision_after_fourteen_days_is_too_late(world: World) -> None:
    approval_id = world.awaiting_approval()
    world.clock.advance(timedelta(days=14))
    effects = world.effects()
    with pytest.raises(ApprovalExpired):
        world.decide(approval_id)
    assert world.effects() == effects


def test_a_decision_whose_delivery_failed_is_delivered_by_a_repeat(world: World) -> None:
    approval_id = world.awaiting_approval()
    world.workflows.failures = [TimeoutError()]
    with pytest.raises(TimeoutError):
        world.decide(approval_id)
    assert not world.decide(approval_id).counted
    assert len(world.workflows.resumed) == 1
    assert world.happened().count("approval_given") == 1
    assert len(world.comments()) == 2


def test_what_no_workflow_waits_for_is_applied_at_once_and_once(world: World) -> None:
    asp = an_approval(request_id=None, subject="asp", grants={Entitlement.ASP: 1})
    world.store.open_approval(asp)
    for _ in range(2):
        world.decide(asp.approval_id)
    assert world.store.standing(ACME) == Standing(asp=1)
    assert list(world.store.undelivered_approvals()) == []
    assert len(world.comments()) == 1


def test_a_refusal_that_no_workflow_waits_for_is_told_and_grants_nothing(world: World) -> None:
    asp = an_approval(request_id=None, subject="asp", grants={Entitlement.ASP: 1})
    world.store.open_approval(asp)
    world.decide(asp.approval_id, REFUSED)
    assert world.store.standing(ACME) == Standing()
    assert "was refused by Ada" in world.comments()[0]
    assert list(world.store.undelivered_approvals()) == []


def test_an_unknown_approval_is_a_fault(world: World) -> None:
    with pytest.raises(LookupError):
        world.decide("apr_x")
