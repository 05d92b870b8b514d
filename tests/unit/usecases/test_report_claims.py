"""Mails of which nobody knows whether they went out."""

from datetime import timedelta

import pytest

from tests.support.address_world import AddressWorld
from tests.support.world import World

MINUTE = timedelta(minutes=1)


def test_a_claim_without_a_result_is_reported_once_after_its_patience(world: World) -> None:
    world.created()
    world.mailer.failures = [TimeoutError()]
    with pytest.raises(TimeoutError):
        world.send_records()
    world.clock.advance(15 * MINUTE)
    assert world.report_claims() == 0
    world.clock.advance(MINUTE)
    assert world.report_claims() == 1
    assert world.happened()[-1] == "mail_unresolved"
    assert world.report_claims() == 0
    assert world.mailer.sent == []


def test_a_claim_about_an_address_stands_on_the_addresss_timeline(
    address_world: AddressWorld,
) -> None:
    address_world.linked()
    address_world.mailer.failures = [TimeoutError()]
    with pytest.raises(TimeoutError):
        address_world.announce()
    address_world.clock.advance(timedelta(hours=1))
    assert address_world.report_claims() == 1
    assert address_world.happened()[-1] == "mail_unresolved"


def test_a_mail_that_went_out_is_none_of_this(world: World) -> None:
    world.waiting()
    world.clock.advance(timedelta(hours=1))
    assert world.report_claims() == 0
