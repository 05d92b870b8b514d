"""Calling for checks: each once, and none forgotten."""

from datetime import timedelta

from tests.support.values import a_request
from tests.support.world import World

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_what_is_due_is_called_for_once(world: World) -> None:
    world.verified()
    world.clock.advance(MINUTE)
    assert [world.poll(), world.poll()] == [1, 0]
    world.clock.advance(MINUTE)
    assert world.poll() == 0


def test_what_is_not_due_yet_is_called_for_later(world: World) -> None:
    world.verified()
    assert world.poll() == 0
    world.clock.advance(MINUTE)
    assert world.poll() == 1


def test_what_was_called_for_and_never_done_is_called_for_again(world: World) -> None:
    world.verified()
    world.clock.advance(MINUTE)
    world.poll()
    world.queue.sent.clear()  # lost on the way
    world.verified(a_request(domain="shop.example.com"), "req_2")
    world.clock.advance(HOUR)
    world.poll()
    assert sorted(due.domain for due in world.queue.sent) == [
        "news.example.com", "shop.example.com",
    ]  # fmt: skip


def test_a_schedule_that_stood_still_is_made_up_for(world: World) -> None:
    world.verified()
    world.clock.advance(MINUTE)
    world.poll()
    world.check_due()
    world.clock.advance(timedelta(days=3))
    assert world.poll() == 1
