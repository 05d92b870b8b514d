"""Approvals that nobody decides, and decisions that did not arrive."""

from datetime import timedelta

import pytest

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.request import Ticket
from tests.support.values import an_approval
from tests.support.world import World


def test_an_approval_expires_after_fourteen_days_and_its_workflow_hears_it(world: World) -> None:
    approval_id = world.awaiting_approval()
    world.clock.advance(timedelta(days=14))
    assert world.expire_approvals() == {"expired": 0, "delivered": 0}
    world.clock.advance(timedelta(seconds=1))
    assert world.expire_approvals() == {"expired": 1, "delivered": 0}
    assert world.store.approvals[approval_id].status is ApprovalStatus.EXPIRED
    [(token, answer)] = world.workflows.resumed
    assert token == f"token-of-{approval_id}"
    assert answer["decision"] == "expired"
    assert world.expire_approvals() == {"expired": 0, "delivered": 0}


def test_a_decision_that_never_reached_its_workflow_is_sent_again(world: World) -> None:
    approval_id = world.awaiting_approval()
    world.workflows.failures = [TimeoutError()]
    with pytest.raises(TimeoutError):
        world.decide(approval_id)
    assert world.expire_approvals() == {"expired": 0, "delivered": 1}
    assert [answer["decision"] for _, answer in world.workflows.resumed] == ["given"]
    assert world.expire_approvals() == {"expired": 0, "delivered": 0}


def test_a_decision_that_nobody_waits_for_yet_is_kept(world: World) -> None:
    world.used_up()
    world.accepted()
    world.decide(world.admit()["approval_id"])
    assert world.expire_approvals() == {"expired": 0, "delivered": 0}
    assert list(world.store.undelivered_approvals())


def test_one_that_fails_does_not_hold_up_the_others(world: World) -> None:
    for number in range(3):
        approval = an_approval(
            approval_id=f"apr_{number}", ticket=Ticket("standard", f"{number}"), task_token="t"
        )
        world.store.open_approval(approval)
    world.clock.advance(timedelta(days=15))
    world.workflows.failures = [TimeoutError(), TimeoutError()]
    with pytest.raises(ExceptionGroup) as failed:
        world.expire_approvals()
    assert len(failed.value.exceptions) >= 1
    statuses = {a.status for a in world.store.approvals.values()}
    assert statuses == {ApprovalStatus.EXPIRED}
    world.expire_approvals()
    assert list(world.store.undelivered_approvals()) == []
