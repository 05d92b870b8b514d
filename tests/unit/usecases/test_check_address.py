"""A look at SES, and what follows."""

from datetime import timedelta

import pytest

from onboarding.domain.identity import IdentityStatus
from onboarding.domain.lifecycle import State
from onboarding.port_errors import SesBusy, SesFault
from onboarding.usecases.address_letters import NotWaiting
from onboarding.usecases.create_address_identity import IdentityOfSomebodyElse
from tests.support.address_world import ADDRESS, AddressWorld

DAY = timedelta(days=1)


def test_a_link_that_was_not_opened_is_waited_for(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    assert address_world.check_address() == {
        "action": "wait",
        "reason": "The link was not opened yet.",
        "wait_seconds": 60,
        "reminder": None,
        "link": None,
        "by": None,
    }


def test_a_link_that_was_opened_verifies(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.addresses.open_link(ADDRESS)
    assert address_world.check_address()["action"] == "verified"


def test_verification_that_comes_from_a_domain_at_ses_is_not_the_links(
    address_world: AddressWorld,
) -> None:
    """SES lets an address of any verified domain send; whose domain it is, the table says."""
    address_world.waiting_for_link()
    address_world.addresses.change(ADDRESS, verified_for_sending=True)
    assert address_world.check_address()["action"] == "wait"


def test_a_domain_that_was_verified_meanwhile_ends_the_wait(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.domain_is(State.VERIFIED)
    found = address_world.check_address()
    assert (found["action"], found["by"]) == ("covered", "example.com")


def test_a_link_that_has_ended_is_renewed_with_the_reminder_and_not_before(
    address_world: AddressWorld,
) -> None:
    address_world.waiting_for_link()
    address_world.addresses.let_link_end(ADDRESS)
    address_world.clock.advance(DAY - timedelta(seconds=1))
    assert address_world.check_address()["action"] == "wait"
    address_world.clock.advance(timedelta(seconds=1))
    found = address_world.check_address()
    assert (found["action"], found["link"]) == ("renew", 2)
    address_world.renew(2)
    found = address_world.check_address()
    assert (found["action"], found["reminder"]) == ("remind", "day_1")


def test_an_identity_that_somebody_deleted_counts_as_an_ended_link(
    address_world: AddressWorld,
) -> None:
    address_world.waiting_for_link()
    address_world.addresses.delete(ADDRESS)
    assert address_world.check_address()["action"] == "wait"
    address_world.clock.advance(DAY)
    assert address_world.check_address()["action"] == "renew"


def test_after_fourteen_days_the_request_ends(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.clock.advance(timedelta(days=14))
    assert address_world.check_address()["action"] == "expire"


@pytest.mark.parametrize(
    "status", [IdentityStatus.TEMPORARY_FAILURE, IdentityStatus.NOT_STARTED, IdentityStatus.PENDING]
)
def test_no_other_status_of_ses_reads_as_verified_or_ended(
    address_world: AddressWorld, status: IdentityStatus
) -> None:
    address_world.waiting_for_link()
    address_world.addresses.change(ADDRESS, status=status, verified_for_sending=True)
    address_world.clock.advance(DAY)
    assert address_world.check_address()["action"] == "remind"


def test_a_busy_ses_is_asked_again_later(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.addresses.open_link(ADDRESS)
    address_world.addresses.failures = [SesBusy("slow down")]
    assert address_world.check_address()["action"] == "wait"


def test_a_fault_of_ses_goes_on(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.addresses.failures = [SesFault("GetEmailIdentity: InternalServiceError")]
    with pytest.raises(SesFault):
        address_world.check_address()


def test_an_identity_that_was_made_by_hand_for_somebody_else_proves_nothing(
    address_world: AddressWorld,
) -> None:
    address_world.waiting_for_link()
    address_world.addresses.open_link(ADDRESS)
    address_world.addresses.change(ADDRESS, account_id=None)
    with pytest.raises(IdentityOfSomebodyElse) as fault:
        address_world.check_address()
    assert ADDRESS not in str(fault.value)


def test_a_look_that_finds_nothing_new_writes_nothing(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    effects = address_world.effects()
    address_world.check_address()
    assert address_world.effects() == effects


def test_a_look_before_the_link_is_a_fault(address_world: AddressWorld) -> None:
    address_world.claimed()
    with pytest.raises(NotWaiting):
        address_world.check_address()
