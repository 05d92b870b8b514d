"""Claiming a sender address, or finding that it needs none."""

from typing import Any

import pytest

from onboarding.domain.lifecycle import ENDS, IN_PROGRESS, State
from onboarding.domain.request import Ticket
from onboarding.port_errors import ConcurrentChange
from tests.support.address_world import ADDRESS, AddressWorld, a_sender_address, an_address_request

GLOBEX = {"account_id": "globex", "organisation_id": "org-globex"}


def test_an_address_that_nobody_has_is_claimed(address_world: AddressWorld) -> None:
    address_world.accepted()
    assert address_world.admit_address() == {"outcome": "admitted"}
    address = address_world.address()
    assert (address.account_id, address.organisation_id, address.request_id, address.state) == (
        "acme",
        "org-acme",
        "req_1",
        State.REQUESTED,
    )
    [entry] = address_world.store.timeline(ADDRESS)
    assert (entry.what, entry.why, entry.by) == (
        "requested",
        "Asked for as a sender address of account acme.",
        "ticket standard/4711",
    )


def test_admitting_twice_has_the_effects_of_once(address_world: AddressWorld) -> None:
    address_world.accepted()
    address_world.admit_address()
    effects = address_world.effects()
    assert address_world.admit_address() == {"outcome": "admitted"}
    assert address_world.effects() == effects


@pytest.mark.parametrize("state", [State.VERIFIED, State.AT_RISK])
@pytest.mark.parametrize("domain", ["shop.example.com", "example.com"])
def test_an_address_of_a_verified_domain_or_a_subdomain_of_it_needs_nothing(
    address_world: AddressWorld, state: State, domain: str
) -> None:
    address_world.domain_is(state, domain)
    address_world.accepted(
        an_address_request(address="a@shop.example.com", domain="shop.example.com")
    )
    effects = address_world.effects()
    assert address_world.admit_address() == {"outcome": "covered", "by": domain}
    assert address_world.effects() == effects


def test_a_verified_subdomain_does_not_cover_an_address_of_its_parent(
    address_world: AddressWorld,
) -> None:
    address_world.domain_is(State.VERIFIED, "shop.example.com")
    address_world.accepted()
    assert address_world.admit_address() == {"outcome": "admitted"}


@pytest.mark.parametrize("state", sorted([*IN_PROGRESS, *ENDS, State.LOST]))
def test_a_domain_that_is_not_verified_covers_nothing(
    address_world: AddressWorld, state: State
) -> None:
    address_world.domain_is(state)
    address_world.accepted()
    assert address_world.admit_address() == {"outcome": "admitted"}


@pytest.mark.parametrize("state", sorted(set(State) - ENDS))
def test_an_address_of_another_organisations_domain_is_refused_in_a_domains_words(
    address_world: AddressWorld, state: State
) -> None:
    address_world.domain_is(state, **GLOBEX)
    address_world.accepted()
    effects = address_world.effects()
    refusal = address_world.admit_address()
    assert refusal == {
        "outcome": "refused",
        "code": "owned_by_another_organisation",
        "reason": "example.com is already set up for another organisation. An agent has to find "
        "out who owns it before it can be moved.",
    }
    assert address_world.effects() == effects
    address_world.accepted(an_address_request(address=None), "req_2")
    asked_for_the_domain = address_world.admit("req_2")
    assert asked_for_the_domain["needs_approval"]
    approval = address_world.store.approval(asked_for_the_domain["approval_id"])
    assert approval is not None
    assert approval.reason == refusal["reason"]


def test_an_address_below_another_organisations_domain_is_refused(
    address_world: AddressWorld,
) -> None:
    address_world.domain_is(State.VERIFIED, **GLOBEX)
    address_world.accepted(an_address_request(address="a@b.example.com", domain="b.example.com"))
    assert address_world.admit_address()["code"] == "related_to_another_organisation"


def test_an_address_of_another_accounts_domain_is_to_be_asked_for_there(
    address_world: AddressWorld,
) -> None:
    address_world.domain_is(State.VERIFIED, account_id="acme-eu")
    address_world.accepted()
    assert address_world.admit_address()["code"] == "owned_by_another_account"


def test_a_nearer_domain_of_ones_own_counts_before_a_farther_one_of_others(
    address_world: AddressWorld,
) -> None:
    address_world.domain_is(State.VERIFIED, **GLOBEX)
    address_world.domain_is(State.VERIFIED, "b.example.com")
    address_world.accepted(an_address_request(address="a@b.example.com", domain="b.example.com"))
    assert address_world.admit_address() == {"outcome": "covered", "by": "b.example.com"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": State.AWAITING_LINK}, "already_in_progress"),
        ({"state": State.REQUESTED}, "already_in_progress"),
        ({"state": State.VERIFIED}, "already_verified"),
        ({"state": State.AWAITING_LINK, "account_id": "acme-eu"}, "owned_by_another_account"),
        ({"state": State.VERIFIED, **GLOBEX}, "owned_by_another_organisation"),
    ],
)
def test_a_second_request_is_refused_without_naming_the_address(
    address_world: AddressWorld, changes: dict[str, Any], code: str
) -> None:
    held = a_sender_address(request_id="req_0", ticket=Ticket("standard", "1"), **changes)
    address_world.store.stored_addresses[ADDRESS] = held
    address_world.accepted()
    refusal = address_world.admit_address()
    assert refusal["code"] == code
    assert ADDRESS not in str(refusal), "refusals go through payloads that are logged"
    assert address_world.address() == held


@pytest.mark.parametrize("state", sorted(ENDS))
@pytest.mark.parametrize("owner", [{}, GLOBEX])
def test_after_an_end_without_success_anybody_may_ask(
    address_world: AddressWorld, state: State, owner: dict[str, str]
) -> None:
    held = a_sender_address(request_id="req_0", state=state, **owner)
    address_world.store.stored_addresses[ADDRESS] = held
    address_world.accepted()
    assert address_world.admit_address() == {"outcome": "admitted"}


def test_who_may_still_have_the_identity_is_remembered(address_world: AddressWorld) -> None:
    address_world.linked("req_0", account_id="globex")
    address_world.reject("x", "No.", "req_0")
    address_world.claimed()
    assert address_world.address().previous_account == "globex"
    address_world.reject("x", "No.")
    address_world.claimed("req_2")
    assert address_world.address().previous_account == "globex"


def test_a_cover_that_is_gone_leaves_the_address_to_the_next(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.answer_covered("example.com")
    address_world.accepted(an_address_request(account_id="globex"), "req_2")
    assert address_world.admit_address("req_2") == {"outcome": "admitted"}
    assert address_world.address().account_id == "globex"


def test_a_request_of_an_account_that_is_gone_is_refused(address_world: AddressWorld) -> None:
    address_world.accepted()
    del address_world.store.accounts["acme"]
    assert address_world.admit_address()["code"] == "unknown_account"


def test_a_claim_that_lost_a_race_is_decided_again(address_world: AddressWorld) -> None:
    address_world.accepted()
    claim = address_world.store.claim_address

    def lose(*arguments: Any) -> Any:
        address_world.store.claim_address = claim  # type: ignore[method-assign]
        address_world.domain_is(State.AWAITING_DNS, **GLOBEX)
        return claim(*arguments)

    address_world.store.claim_address = lose  # type: ignore[method-assign]
    assert address_world.admit_address()["code"] == "owned_by_another_organisation"
    assert address_world.store.address(ADDRESS) is None


def test_a_claim_that_always_loses_is_a_fault_that_names_no_address(
    address_world: AddressWorld,
) -> None:
    address_world.accepted()

    def lose(*arguments: Any) -> Any:
        raise ConcurrentChange

    address_world.store.claim_address = lose  # type: ignore[method-assign]
    with pytest.raises(ConcurrentChange) as fault:
        address_world.admit_address()
    assert ADDRESS not in str(fault.value)


def test_a_request_for_a_domain_is_none_for_this_workflow(address_world: AddressWorld) -> None:
    address_world.accepted(an_address_request(address=None))
    with pytest.raises(Exception, match="req_1"):
        address_world.admit_address()
