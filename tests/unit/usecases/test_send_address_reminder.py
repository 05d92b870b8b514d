"""Reminding of the link."""

import pytest

from onboarding.domain.schedule import Reminder
from onboarding.port_errors import MailRefused
from tests.support.address_world import ADDRESS, AddressWorld


@pytest.mark.parametrize(
    ("reminder", "kind"),
    [
        (Reminder.DAY_1, "address_reminder"),
        (Reminder.DAY_3, "address_reminder"),
        (Reminder.DAY_7, "address_reminder"),
        (Reminder.LAST_NOTICE, "address_last_notice"),
    ],
)
def test_the_contact_and_the_ticket_are_reminded_once(
    address_world: AddressWorld, reminder: Reminder, kind: str
) -> None:
    address_world.waiting_for_link()
    assert address_world.remind_of_link(reminder) == {"reminder": reminder.value}
    effects = address_world.effects()
    address_world.remind_of_link(reminder)
    assert address_world.effects() == effects
    assert address_world.mailed() == ["address_link", kind]
    assert address_world.happened()[-1] == f"{kind}_mailed"
    assert address_world.address().progress.reminded == {reminder}  # type: ignore[union-attr]
    last = "; tomorrow the request ends" if reminder is Reminder.LAST_NOTICE else ""
    assert address_world.comments()[-1] == (
        f"The link that Amazon mailed to {ADDRESS} has not been opened yet{last}. The contact was "
        "reminded."
    )


def test_a_refused_reminder_is_tried_again(address_world: AddressWorld) -> None:
    address_world.waiting_for_link()
    address_world.mailer.failures = [MailRefused("paused")]
    with pytest.raises(MailRefused):
        address_world.remind_of_link(Reminder.DAY_1)
    address_world.remind_of_link(Reminder.DAY_1)
    assert address_world.mailed() == ["address_link", "address_reminder"]
