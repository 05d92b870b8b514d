"""Marking an address verified, and telling everybody once."""

import pytest

from onboarding.domain.lifecycle import State
from onboarding.port_errors import MailRefused
from onboarding.usecases.current import Superseded
from tests.support.address_world import ADDRESS, AddressWorld


def test_the_address_the_request_the_contact_and_the_ticket_know(
    address_world: AddressWorld,
) -> None:
    address_world.waiting_for_link()
    assert address_world.mark_address_verified() == {"state": "verified"}
    assert address_world.address().state is State.VERIFIED
    assert address_world.store.requests["req_1"].outcome is State.VERIFIED
    assert address_world.mailed() == ["address_link", "address_verified"]
    assert address_world.happened()[-2:] == ["verified", "address_verified_mailed"]
    assert address_world.comments()[-1] == (
        f"{ADDRESS} is verified: e-mail can be sent from it, spelled exactly so. The contact was "
        "told. Mail from it is not authenticated for its domain; what Gmail, Yahoo and Microsoft "
        "ask of senders needs example.com to be set up as well."
    )


def test_marking_twice_has_the_effects_of_once(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.mark_address_verified()
    effects = address_world.effects()
    address_world.mark_address_verified()
    assert address_world.effects() == effects


def test_a_refused_mail_leaves_the_address_verified_and_a_retry_tells(
    address_world: AddressWorld,
) -> None:
    address_world.waiting_for_link()
    address_world.mailer.failures = [MailRefused("paused")]
    with pytest.raises(MailRefused):
        address_world.mark_address_verified()
    assert address_world.address().state is State.VERIFIED
    address_world.mark_address_verified()
    assert address_world.mailed() == ["address_link", "address_verified"]
    assert address_world.happened().count("verified") == 1


def test_a_request_that_does_not_hold_the_address_marks_nothing(
    address_world: AddressWorld,
) -> None:
    address_world.waiting_for_link()
    address_world.accepted(request_id="req_2")
    with pytest.raises(Superseded):
        address_world.mark_address_verified("req_2")
    assert address_world.address().state is State.AWAITING_LINK
