"""Counting slots again from the domains."""

from dataclasses import replace

import pytest

from onboarding.domain.onboarding import Slot
from onboarding.domain.quota import Holder
from onboarding.usecases.recount_slots import StillChanging, recount_slots
from tests.support.values import ACME, a_request
from tests.support.world import World


def three_domains(world: World) -> None:
    """Two of ``acme``, one of them from the pool, one of ``globex``, and one that has ended."""
    world.admitted(a_request(domain="a.example"), "req_2")
    world.admitted(a_request(domain="b.example"), "req_3")
    pooled = replace(world.domain("b.example"), slot=Slot.POOL)
    world.store.stored_domains["b.example"] = pooled
    world.admitted(a_request(domain="c.example", account_id="globex"), "req_4")
    world.admitted(a_request(domain="d.example"), "req_5")
    world.reject("x", "No.", "req_5")


def test_a_count_that_has_gone_wrong_is_what_the_domains_say_again(world: World) -> None:
    three_domains(world)
    world.used_up(count=7)
    world.store.slots_used[Holder(Slot.POOL, "org-acme")] = -1
    repaired = recount_slots(ACME, store=world.store)
    assert repaired == {Slot.ACCOUNT: (7, 1), Slot.POOL: (-1, 1)}
    standing = world.store.standing(ACME)
    assert (standing.used, standing.pool_used) == (1, 1)
    assert recount_slots(ACME, store=world.store) == {Slot.ACCOUNT: (1, 1), Slot.POOL: (1, 1)}


def test_a_count_that_changes_meanwhile_is_left_alone(world: World) -> None:
    three_domains(world)
    world.used_up(count=7)
    domains = world.store.domains

    def listed_while_one_is_claimed(*arguments: object) -> object:
        world.used_up(count=8)
        return domains()

    world.store.domains = listed_while_one_is_claimed  # type: ignore[method-assign, assignment]
    with pytest.raises(StillChanging, match="account acme"):
        recount_slots(ACME, store=world.store)
    assert world.store.standing(ACME).used == 8
