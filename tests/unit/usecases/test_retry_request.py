"""Starting an ended request again."""

import pytest

from onboarding.domain.delivery import Accepted, Delivery
from onboarding.domain.lifecycle import State
from onboarding.usecases.retry_request import StillRunning, retry_request
from tests.support.world import World


def retry(world: World, number: int = 1) -> Accepted:
    return retry_request(
        world.store.requests["req_1"],
        Delivery("cli", f"retry-{number}", "sha"),
        store=world.store,
        workflows=world.workflows,
        clock=world.clock,
        random=world.dice,
    )


def test_an_ended_request_starts_again_as_the_next_attempt_of_its_ticket(world: World) -> None:
    world.waiting()
    world.fail()
    accepted = retry(world)
    assert (accepted.is_new, accepted.stored.attempt) == (True, 2)
    assert accepted.stored.request == world.store.requests["req_1"].request
    assert world.workflows.started == [accepted.stored.execution_name]
    assert not world.store.waiting_to_start


def test_a_retry_that_somebody_else_has_started_gives_that_one(world: World) -> None:
    world.waiting()
    world.fail()
    first = retry(world)
    again = retry(world, 2)
    assert (again.is_new, again.stored.request_id) == (False, first.stored.request_id)


@pytest.mark.parametrize("outcome", [None, State.VERIFIED])
def test_what_runs_or_has_succeeded_is_not_started_again(
    world: World, outcome: State | None
) -> None:
    world.waiting()
    if outcome is not None:
        world.store.close_request("req_1", outcome, "why", world.clock.now())
    with pytest.raises(StillRunning):
        retry(world)
    assert world.workflows.started == []
