"""A new link for one that has ended."""

import pytest

from onboarding.port_errors import AlreadyExists, SesBusy
from onboarding.usecases.create_address_identity import IdentityOfSomebodyElse
from onboarding.usecases.create_identity import AccountMissing
from tests.support.address_world import ADDRESS, AddressWorld


@pytest.fixture
def ended(address_world: AddressWorld) -> AddressWorld:
    address_world.waiting_for_link()
    address_world.addresses.let_link_end(ADDRESS)
    return address_world


def test_ses_mails_a_new_link_and_the_ticket_is_told(ended: AddressWorld) -> None:
    assert ended.renew(2) == {"link": 2, "busy": False}
    assert ended.addresses.links == [ADDRESS, ADDRESS]
    assert ended.address().progress.links == 2  # type: ignore[union-attr]
    assert ended.happened()[-1] == "link_renewed"
    assert ended.comments()[-1] == (
        f"The link to {ADDRESS} ended after 24 hours. Amazon has mailed a new one (2 of at most 5)."
    )


def test_renewing_twice_mails_one_link(ended: AddressWorld) -> None:
    ended.renew(2)
    effects = ended.effects()
    assert ended.renew(2) == {"link": 2, "busy": False}
    assert ended.effects() == effects


@pytest.mark.parametrize("calls_before", range(3))
def test_a_function_that_died_anywhere_is_made_up_for_by_its_retry(
    ended: AddressWorld, calls_before: int
) -> None:
    """At the look, at the deletion, at the creation."""
    called, left = ended.addresses._called, iter(range(calls_before))

    def die(name: str, address: str) -> None:
        if next(left, None) is None:
            ended.addresses._called = called  # type: ignore[method-assign]
            raise SesBusy("slow down")
        called(name, address)

    ended.addresses._called = die  # type: ignore[method-assign]
    assert ended.renew(2)["busy"]
    assert ended.renew(2) == {"link": 2, "busy": False}
    assert ended.addresses.links == [ADDRESS, ADDRESS]
    assert ended.address().progress.links == 2  # type: ignore[union-attr]
    assert ended.happened().count("link_renewed") == 1


def test_a_link_that_works_or_was_opened_is_left_alone(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.renew(2)
    address_world.addresses.open_link(ADDRESS)
    address_world.renew(3)
    assert address_world.addresses.links == [ADDRESS]


def test_an_identity_of_somebody_else_is_never_deleted(ended: AddressWorld) -> None:
    ended.addresses.change(ADDRESS, account_id="globex")
    before = dict(ended.addresses.identities)
    with pytest.raises(IdentityOfSomebodyElse):
        ended.renew(2)
    assert ended.addresses.identities == before


def test_somebody_who_was_faster_has_had_the_link_mailed(ended: AddressWorld) -> None:
    create = ended.addresses.create

    def taken(*arguments: object) -> None:
        ended.addresses.create = create  # type: ignore[method-assign]
        raise AlreadyExists("the address")

    ended.addresses.create = taken  # type: ignore[method-assign]
    assert ended.renew(2) == {"link": 2, "busy": False}


def test_an_account_that_is_gone_is_a_fault(ended: AddressWorld) -> None:
    del ended.store.accounts["acme"]
    with pytest.raises(AccountMissing):
        ended.renew(2)
