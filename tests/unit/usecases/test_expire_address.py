"""The end of patience, and the ends that addresses share with domains."""

import json

from onboarding.domain.delivery import Delivery
from onboarding.domain.lifecycle import State
from onboarding.usecases.show_request import show_request
from tests.support.address_world import ADDRESS, AddressWorld, an_address_request


def test_the_address_the_request_the_contact_and_the_ticket_know(
    address_world: AddressWorld,
) -> None:
    address_world.waiting_for_link()
    assert address_world.expire_address() == {"state": "expired"}
    effects = address_world.effects()
    assert address_world.expire_address() == {"state": "expired"}
    assert address_world.effects() == effects
    assert address_world.address().state is State.EXPIRED
    assert address_world.store.requests["req_1"].outcome is State.EXPIRED
    assert address_world.mailed() == ["address_link", "address_expired"]
    assert address_world.comments()[-1] == (
        f"{ADDRESS} was not set up: No link was opened within 14 days. Ask again in this ticket to "
        "start afresh."
    )
    assert ADDRESS in address_world.addresses.identities


def test_a_refused_request_ends_its_address_and_no_domain(address_world: AddressWorld) -> None:
    address_world.domain_is(State.AWAITING_DNS)
    address_world.claimed()
    assert address_world.reject("x", "No.") == {"state": "rejected", "code": "x"}
    assert address_world.address().state is State.REJECTED
    assert address_world.domain("example.com").state is State.AWAITING_DNS
    assert address_world.comments() == [f"{ADDRESS} was not set up. No."]


def test_a_refusal_leaves_the_address_of_another_request_alone(
    address_world: AddressWorld,
) -> None:
    address_world.claimed()
    address_world.accepted(request_id="req_2")
    address_world.reject("already_in_progress", "Wait.", "req_2")
    assert address_world.address().state is State.REQUESTED
    assert address_world.store.requests["req_2"].outcome is State.REJECTED


def test_a_fault_ends_the_address_and_the_ticket_is_told(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    assert address_world.fail() == {"state": "failed", "superseded": False}
    assert address_world.address().state is State.FAILED
    assert address_world.comments()[-1].startswith(f"{ADDRESS} could not be set up because")
    assert address_world.happened()[-1] == "failed"


def test_a_fault_after_success_changes_nothing(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.mark_address_verified()
    assert address_world.fail() == {"state": "verified", "superseded": False}
    assert address_world.address().state is State.VERIFIED


def test_a_fault_after_an_address_was_found_covered_changes_nothing(
    address_world: AddressWorld,
) -> None:
    address_world.accepted()
    address_world.answer_covered("example.com")
    effects = address_world.effects()
    assert address_world.fail() == {"state": "verified", "superseded": False}
    assert address_world.effects() == effects


def test_a_lost_start_is_made_up_for(address_world: AddressWorld) -> None:
    address_world.accepted()
    address_world.clock.time = address_world.clock.time.replace(hour=12)
    assert address_world.recover() == {"started": 1, "restarted": 0}
    [name] = address_world.workflows.started
    assert name.startswith("standard-4711-address_")
    assert "News" not in name, "names of executions are logged"


def test_the_same_ticket_may_ask_for_a_domain_and_for_addresses_of_it(
    address_world: AddressWorld,
) -> None:
    store, names = address_world.store, set()
    for number, address in enumerate([ADDRESS, "news@example.com", None]):
        delivery = Delivery("standard", f"msg_{number}", "sha")
        wish = an_address_request(address=address)
        accepted = store.accept(wish, delivery, f"req_{number}", address_world.clock.now())
        assert accepted.is_new
        names.add(accepted.stored.execution_name)
    assert len(names) == 3


def test_a_request_shows_its_address_in_the_shape_of_a_domain(address_world: AddressWorld) -> None:
    address_world.accepted()
    shown = show_request("req_1", store=address_world.store)
    assert shown == {
        "request_id": "req_1",
        "domain": ADDRESS,
        "state": "requested",
        "since": "2026-11-23T10:00:00+00:00",
        "records": [],
        "report": None,
    }
    address_world.admit_address()
    address_world.create_identity()
    address_world.announce()
    shown = show_request("req_1", store=address_world.store)
    assert shown is not None
    assert shown["state"] == "awaiting_link"
    json.dumps(shown)
