"""Starting what was kept and never started."""

from datetime import timedelta

import pytest

from tests.support.values import a_request
from tests.support.world import World


def recover(world: World) -> int:
    """How many were started."""
    return world.recover()["started"]


def test_a_request_that_was_never_started_is_started_after_its_grace(world: World) -> None:
    world.accepted()
    world.clock.advance(timedelta(minutes=2))
    assert recover(world) == 0
    world.clock.advance(timedelta(seconds=1))
    assert recover(world) == 1
    assert len(world.workflows.started) == 1


def test_recovering_twice_has_the_effects_of_once(world: World) -> None:
    world.accepted()
    world.clock.advance(timedelta(hours=1))
    recover(world)
    effects = world.effects()
    assert recover(world) == 0
    assert world.effects() == effects


def test_a_request_whose_start_was_not_noted_is_only_noted(world: World) -> None:
    world.accepted()
    stored = world.store.requests["req_1"]
    world.workflows.start(stored)
    world.clock.advance(timedelta(hours=1))
    assert recover(world) == 1
    assert world.workflows.started == [stored.execution_name]
    assert world.store.waiting_to_start == {}


def test_a_start_that_fails_leaves_the_request_for_the_next_time(world: World) -> None:
    world.accepted()
    world.clock.advance(timedelta(hours=1))
    world.workflows.failures = [TimeoutError()]
    with pytest.raises(ExceptionGroup) as failed:
        recover(world)
    assert [type(failure) for failure in failed.value.exceptions] == [TimeoutError]
    assert recover(world) == 1


def test_one_request_that_cannot_be_started_does_not_hold_up_the_others(world: World) -> None:
    world.accepted()
    world.accepted(a_request(domain="other.example"), "req_2")
    world.clock.advance(timedelta(hours=1))
    world.workflows.failures = [TimeoutError()]
    with pytest.raises(ExceptionGroup):
        recover(world)
    assert len(world.workflows.started) == 1
