"""Where a request stands."""

import json
from datetime import timedelta
from typing import Any

from onboarding.domain.lifecycle import State
from onboarding.usecases.show_request import show_request
from tests.support.values import a_request
from tests.support.world import World


def show(world: World, request_id: str = "req_1") -> dict[str, Any] | None:
    shown = show_request(request_id, store=world.store)
    json.dumps(shown)
    return shown


def test_an_unknown_request_shows_nothing(world: World) -> None:
    assert show(world) is None


def test_a_request_that_was_only_accepted_is_requested(world: World) -> None:
    world.accepted()
    assert show(world) == {
        "request_id": "req_1",
        "domain": "news.example.com",
        "state": "requested",
        "since": "2026-11-23T10:00:00+00:00",
        "records": [],
        "report": None,
    }


def test_a_request_that_waits_shows_its_records_and_the_last_report(world: World) -> None:
    world.waiting()
    world.clock.advance(timedelta(minutes=1))
    world.check()
    shown = show(world)
    assert shown is not None
    assert shown["state"] == "awaiting_dns"
    assert shown["records"] == [record.as_json() for record in world.domain().records]
    assert shown["report"]["verdict"] == "waiting"


def test_a_rejected_request_shows_nothing_of_the_owner(world: World) -> None:
    world.waiting(a_request(account_id="globex"), "req_0")
    world.accepted()
    world.reject("owned_by_another_organisation", "No.")
    assert show(world) == {
        "request_id": "req_1",
        "domain": "news.example.com",
        "state": State.REJECTED,
        "since": "2026-11-23T10:00:00+00:00",
        "records": [],
        "report": None,
    }


def test_showing_changes_nothing(world: World) -> None:
    world.waiting()
    effects = world.effects()
    assert show(world) == show(world)
    assert world.effects() == effects


def test_a_request_that_waits_for_another_organisations_domain_says_so_and_nothing_of_it(
    world: World,
) -> None:
    world.waiting(a_request(account_id="globex"), "req_0")
    world.accepted()
    approval_id = world.ask()
    shown = show(world)
    assert shown is not None
    assert (shown["state"], shown["records"]) == ("awaiting_approval", [])
    world.decide(approval_id)
    shown = show(world)
    assert shown is not None
    assert shown["state"] == "requested"
    world.admit()
    shown = show(world, "req_0")
    assert shown is not None
    assert (shown["state"], shown["records"]) == ("offboarded", [])
