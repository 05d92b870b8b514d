"""An address that its verified domain covers needs nothing."""

import pytest

from onboarding.domain.lifecycle import State
from onboarding.domain.request import Method
from onboarding.port_errors import SesBusy
from tests.support.address_world import ADDRESS, AddressWorld, an_address_request


def test_the_request_ends_at_once_and_ses_is_left_alone(address_world: AddressWorld) -> None:
    address_world.accepted()
    assert address_world.answer_covered("example.com") == {"state": "verified"}
    assert address_world.store.requests["req_1"].outcome is State.VERIFIED
    assert address_world.comments() == [
        f"{ADDRESS} needs nothing: example.com is verified, and e-mail can be sent from every "
        "address of it."
    ]
    assert address_world.addresses.calls == []
    assert address_world.mailer.sent == []
    assert address_world.store.address(ADDRESS) is None


def test_answering_twice_has_the_effects_of_once(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.answer_covered("example.com")
    effects = address_world.effects()
    address_world.answer_covered("example.com")
    after = address_world.effects()
    assert after.pop("address calls") == effects.pop("address calls")
    assert after == effects


def test_what_was_made_before_the_domain_was_verified_is_taken_back(
    address_world: AddressWorld,
) -> None:
    address_world.waiting_for_link()
    address_world.answer_covered("example.com")
    assert address_world.addresses.identities == {}
    address = address_world.address()
    assert (address.state, address.covered_by) == (State.VERIFIED, "example.com")
    assert address_world.happened()[-1] == "verified"


def test_an_identity_of_somebody_else_is_never_deleted(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.addresses.change(ADDRESS, account_id=None)
    address_world.answer_covered("example.com")
    assert ADDRESS in address_world.addresses.identities


def test_a_busy_ses_is_a_fault_and_the_retry_ends_the_request(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.addresses.failures = [SesBusy("slow down")]
    with pytest.raises(SesBusy):
        address_world.answer_covered("example.com")
    assert address_world.answer_covered("example.com") == {"state": "verified"}
    assert address_world.addresses.identities == {}


def test_methods_that_were_asked_for_are_said_to_be_left_out(address_world: AddressWorld) -> None:
    address_world.accepted(an_address_request(methods=frozenset({Method.SPF})))
    address_world.answer_covered("example.com")
    assert "were left out; for them, ask for example.com." in address_world.comments()[0]
