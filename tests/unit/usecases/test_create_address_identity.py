"""Having SES mail its link, and whose an existing identity is."""

import pytest

from onboarding.domain.onboarding import Account
from onboarding.port_errors import AlreadyExists, SesBusy, SesFault
from onboarding.usecases.create_identity import AccountMissing
from onboarding.usecases.current import NotAnAddress, Superseded
from tests.support.address_world import ADDRESS, AddressWorld, an_address_request
from tests.support.values import ACME, ACME_EU, GLOBEX

NEW = {"created": True, "verified": False, "busy": False}


def test_ses_mails_its_link_and_the_time_is_kept(address_world: AddressWorld) -> None:
    address_world.claimed()
    assert address_world.create_identity() == NEW
    assert address_world.addresses.links == [ADDRESS]
    progress = address_world.address().progress
    assert progress is not None
    assert (progress.first_link_at, progress.links) == (address_world.clock.now(), 1)
    assert address_world.happened() == ["requested", "identity_created"]


def test_creating_twice_mails_one_link(address_world: AddressWorld) -> None:
    address_world.claimed()
    address_world.create_identity()
    before = address_world.effects()
    assert address_world.create_identity() == NEW
    after = address_world.effects()
    # SES is asked again, and answers AlreadyExists: that is no effect.
    assert after.pop("address calls") == [*before.pop("address calls"), ("create", ADDRESS)]
    assert after == before


def test_a_function_that_died_after_creating_leaves_its_link_valid(
    address_world: AddressWorld,
) -> None:
    address_world.claimed()
    address_world.addresses.create(ADDRESS, ACME, "req_1")
    assert address_world.create_identity() == NEW
    assert address_world.addresses.links == [ADDRESS]
    assert address_world.address().progress is not None


@pytest.mark.parametrize("ended", [True, False])
def test_what_an_earlier_attempt_left_gives_way_to_a_fresh_link(
    address_world: AddressWorld, ended: bool
) -> None:
    address_world.addresses.create(ADDRESS, ACME, "req_0")
    if ended:
        address_world.addresses.let_link_end(ADDRESS)
    address_world.claimed()
    assert address_world.create_identity() == NEW
    assert address_world.addresses.links == [ADDRESS, ADDRESS]
    assert address_world.addresses.identities[ADDRESS].request_id == "req_1"


def test_a_link_that_was_opened_after_an_earlier_attempt_counts(
    address_world: AddressWorld,
) -> None:
    address_world.addresses.create(ADDRESS, ACME, "req_0")
    address_world.addresses.open_link(ADDRESS)
    address_world.claimed()
    assert address_world.create_identity() == {"created": True, "verified": True, "busy": False}
    assert address_world.addresses.links == [ADDRESS]
    assert address_world.mark_address_verified() == {"state": "verified"}


@pytest.mark.parametrize("owner", [GLOBEX, ACME_EU])
def test_an_identity_of_somebody_else_is_never_taken(
    address_world: AddressWorld, owner: Account
) -> None:
    address_world.addresses.create(ADDRESS, owner, "req_0")
    address_world.claimed()
    before = dict(address_world.addresses.identities)
    for _ in range(2):
        refusal = address_world.create_identity()
        assert (refusal["created"], refusal["code"]) == (False, "identity_of_somebody_else")
        assert ADDRESS not in refusal["reason"], "refusals go through payloads that are logged"
    assert address_world.addresses.identities == before


def test_an_identity_that_nobody_has_tagged_is_never_taken(address_world: AddressWorld) -> None:
    address_world.addresses.create(ADDRESS, ACME, "req_0")
    address_world.addresses.change(ADDRESS, account_id=None)
    address_world.claimed()
    assert address_world.create_identity()["code"] == "identity_of_somebody_else"


def test_what_the_previous_owner_left_proves_nothing_for_the_next(
    address_world: AddressWorld,
) -> None:
    address_world.linked("req_0", account_id="globex")
    address_world.addresses.open_link(ADDRESS)
    address_world.reject("x", "No.", "req_0")
    address_world.claimed()
    assert address_world.create_identity() == NEW
    assert address_world.addresses.identities[ADDRESS].account_id == "acme"


def test_an_identity_that_vanished_between_two_calls_is_a_fault(
    address_world: AddressWorld,
) -> None:
    address_world.claimed()
    address_world.addresses.failures = [AlreadyExists("the address")]
    with pytest.raises(AlreadyExists):
        address_world.create_identity()
    assert address_world.create_identity() == NEW


def test_a_busy_ses_is_waited_for_and_nothing_is_written(address_world: AddressWorld) -> None:
    address_world.claimed()
    address_world.addresses.failures = [SesBusy("slow down", wait_seconds=40)]
    assert address_world.create_identity() == {"busy": True, "wait_seconds": 40}
    assert address_world.address().progress is None


@pytest.mark.parametrize("fault", [SesFault("CreateEmailIdentity: 500")])
def test_a_fault_of_ses_goes_on_and_nothing_is_written(
    address_world: AddressWorld, fault: Exception
) -> None:
    address_world.claimed()
    address_world.addresses.failures = [fault]
    before = address_world.effects()
    with pytest.raises(type(fault)):
        address_world.create_identity()
    assert address_world.effects() == before


def test_an_account_that_is_gone_is_a_fault(address_world: AddressWorld) -> None:
    address_world.claimed()
    del address_world.store.accounts["acme"]
    with pytest.raises(AccountMissing):
        address_world.create_identity()


def test_a_request_that_does_not_hold_the_address_creates_nothing(
    address_world: AddressWorld,
) -> None:
    address_world.accepted()
    with pytest.raises(Superseded) as fault:
        address_world.create_identity()
    assert ADDRESS not in str(fault.value)
    address_world.accepted(an_address_request(address=None), "req_2")
    with pytest.raises(NotAnAddress):
        address_world.create_identity("req_2")
    assert address_world.addresses.calls == []
