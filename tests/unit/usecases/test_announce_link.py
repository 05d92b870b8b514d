"""Telling of the link, and beginning to wait for it."""

import pytest

from onboarding.domain.lifecycle import State
from onboarding.domain.request import Method
from onboarding.port_errors import MailRefused
from onboarding.usecases.address_letters import NotWaiting
from tests.support.address_world import ADDRESS, AddressWorld


def test_the_contact_and_the_ticket_are_told_and_the_wait_begins(
    address_world: AddressWorld,
) -> None:
    address_world.linked()
    assert address_world.announce() == {"wait_seconds": 60}
    assert address_world.address().state is State.AWAITING_LINK
    [letter] = address_world.mailer.sent
    assert (letter.kind.value, letter.recipient, letter.domain) == (
        "address_link",
        "boss@acme.example",
        ADDRESS,
    )
    assert address_world.comments() == [
        f"Amazon has mailed a link to {ADDRESS}. Whoever reads that mailbox has to open it within "
        "24 hours; Amazon is asked by itself whether that has happened, and the contact was told."
    ]
    assert address_world.happened()[-2:] == ["address_link_mailed", "awaiting_link"]


def test_methods_that_were_asked_for_are_said_to_be_left_out(address_world: AddressWorld) -> None:
    address_world.waiting_for_link(methods=frozenset({Method.DKIM}))
    [comment] = address_world.comments()
    assert "belong to a whole domain and were left out; for them, ask for example.com." in comment


def test_announcing_twice_has_the_effects_of_once(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    effects = address_world.effects()
    address_world.announce()
    assert address_world.effects() == effects


def test_a_mail_that_may_be_out_is_noted_and_the_wait_begins(address_world: AddressWorld) -> None:
    address_world.linked()
    address_world.mailer.failures = [TimeoutError()]
    with pytest.raises(TimeoutError):
        address_world.announce()
    address_world.announce()
    assert address_world.mailed() == []
    assert "mail_unresolved" in address_world.happened()
    assert address_world.address().state is State.AWAITING_LINK
    assert "If the contact has nothing, pass this on." in address_world.comments()[0]


def test_a_refused_mail_is_tried_again(address_world: AddressWorld) -> None:
    address_world.linked()
    address_world.mailer.failures = [MailRefused("paused")]
    with pytest.raises(MailRefused):
        address_world.announce()
    address_world.announce()
    assert address_world.mailed() == ["address_link"]


def test_nothing_is_announced_before_ses_was_asked(address_world: AddressWorld) -> None:
    address_world.claimed()
    with pytest.raises(NotWaiting):
        address_world.announce()
