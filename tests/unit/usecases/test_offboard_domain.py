"""Giving a domain up."""

from dataclasses import replace

import pytest

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.quota import Standing
from onboarding.domain.request import Ticket
from onboarding.port_errors import SesBusy
from onboarding.usecases.current import Superseded
from tests.support.values import ACME, a_request
from tests.support.world import DOMAIN, TICKET, World


def verified(world: World) -> None:
    world.waiting()
    world.mark_verified()


def test_the_slot_is_given_back_the_identity_deleted_and_the_ticket_told(world: World) -> None:
    verified(world)
    assert world.offboard() == {"state": "offboarded", "identity_gone": True}
    assert world.domain().state is State.OFFBOARDED
    assert world.store.standing(ACME) == Standing()
    assert DOMAIN not in world.identities.identities
    assert world.store.requests["req_1"].outcome is State.OFFBOARDED
    entry = world.store.timeline(DOMAIN)[-2]
    assert (entry.what, entry.by) == ("offboarded", "Ada")
    assert world.happened()[-1] == "identity_deleted"
    assert "is off-boarded" in world.comments()[-1]


def test_off_boarding_twice_has_the_effects_of_once(world: World) -> None:
    verified(world)
    first = world.offboard()
    effects = world.effects()
    assert world.offboard() == first
    assert world.effects() == effects


def test_another_ticket_that_asks_for_it_is_told_as_well(world: World) -> None:
    verified(world)
    world.offboard(ticket=Ticket("standard", "other"))
    told = [ticket for ticket, key in world.store.comments if key == "offboarded-req_1"]
    assert set(told) == {TICKET, Ticket("standard", "other")}


@pytest.mark.parametrize("holder", ["globex", None])
def test_an_identity_that_is_not_the_accounts_is_left_alone(
    world: World, holder: str | None
) -> None:
    verified(world)
    theirs = replace(world.identities.identities[DOMAIN], account_id=holder)
    world.identities.identities[DOMAIN] = theirs
    assert world.offboard() == {"state": "offboarded", "identity_gone": False}
    assert world.identities.identities == {DOMAIN: theirs}
    assert world.happened()[-1] == "identity_kept"


def test_a_fault_at_ses_leaves_the_domain_to_a_retry(world: World) -> None:
    verified(world)
    world.identities.failures = [SesBusy()]
    with pytest.raises(SesBusy):
        world.offboard()
    assert world.domain().leaving
    assert world.store.standing(ACME) == Standing()
    assert world.offboard()["identity_gone"]
    assert not world.domain().leaving
    assert world.happened().count("offboarded") == 1


def test_an_identity_that_the_next_owner_made_is_never_deleted(world: World) -> None:
    verified(world)
    world.offboard()
    world.created(a_request(), "req_2")
    with pytest.raises(Superseded):
        world.offboard()
    assert DOMAIN in world.identities.identities


def test_a_question_that_waits_is_withdrawn_and_its_workflow_ends_quietly(world: World) -> None:
    approval_id = world.awaiting_approval()
    world.offboard()
    assert world.store.approvals[approval_id].status is ApprovalStatus.REFUSED
    [(_, answer)] = world.workflows.resumed
    effects = world.effects()
    assert world.reject(answer["code"], answer["reason"])["state"] == "offboarded"
    assert world.effects() == effects


@pytest.mark.parametrize("step", ["create", "send_records", "check", "mark_verified", "correct"])
def test_the_steps_of_a_running_workflow_find_it_gone(world: World, step: str) -> None:
    world.waiting()
    world.offboard()
    with pytest.raises(Superseded):
        getattr(world, step)()
    assert world.domain().state is State.OFFBOARDED


def test_the_same_ticket_may_ask_again_after_it(world: World) -> None:
    verified(world)
    world.offboard()
    world.created(request_id="req_2")
    assert world.domain().state is State.REQUESTED
    assert world.store.standing(ACME) == Standing(used=1)
