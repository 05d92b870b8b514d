"""The representative's list: what the system proves nobody can tick, the rest needs a note."""

from dataclasses import replace

import pytest

from onboarding.domain.setup_list import (
    PROVED,
    CannotBeTicked,
    Review,
    SetupItem,
    SetupList,
    Tick,
    standings,
)
from tests.support.values import NOW

EMPTY = SetupList("acme", {})
SEEN = Tick(NOW, "ada", "Seen in uProduce.")


def done(setup: SetupList, *, sheet: str | None = None, sender: str | None = None) -> list[str]:
    found = standings(setup, current_sheet=sheet, verified_sender=sender)
    return [standing.item.value for standing in found if standing.done]


def why(
    setup: SetupList, item: SetupItem, *, sheet: str | None = None, sender: str | None = None
) -> str:
    found = standings(setup, current_sheet=sheet, verified_sender=sender)
    return next(standing.why for standing in found if standing.item is item)


def test_the_list_has_every_step_of_the_basic_setup_in_order() -> None:
    found = standings(EMPTY, current_sheet=None, verified_sender=None)
    assert [standing.as_json()["item"] for standing in found] == [
        "delivery_provider",
        "server_control",
        "sender_address",
        "account_connection",
        "touchpoint_settings",
        "easy_unsubscribe",
        "new_sender",
    ]
    assert all(standing.as_json()["task"] for standing in found)
    assert done(EMPTY) == []


@pytest.mark.parametrize("item", sorted(set(SetupItem) - PROVED))
def test_an_agent_ticks_a_step_with_a_note(item: SetupItem) -> None:
    ticked = EMPTY.with_tick(item, SEEN)
    assert done(ticked) == [item.value]
    assert why(ticked, item) == "Seen in uProduce. (ada, 2026-11-23)"


@pytest.mark.parametrize("note", ["", "  ", "\n"])
def test_a_tick_without_a_note_is_refused(note: str) -> None:
    with pytest.raises(CannotBeTicked, match="what was seen"):
        EMPTY.with_tick(SetupItem.SERVER_CONTROL, Tick(NOW, "ada", note))


@pytest.mark.parametrize("item", sorted(PROVED))
def test_what_the_system_proves_cannot_be_ticked(item: SetupItem) -> None:
    with pytest.raises(CannotBeTicked, match="is not ticked but proved"):
        EMPTY.with_tick(item, SEEN)


def test_a_later_tick_replaces_the_earlier_one() -> None:
    again = Tick(NOW, "bob", "Looked again.")
    ticked = EMPTY.with_tick(SetupItem.NEW_SENDER, SEEN).with_tick(SetupItem.NEW_SENDER, again)
    assert why(ticked, SetupItem.NEW_SENDER) == "Looked again. (bob, 2026-11-23)"


def test_the_delivery_provider_is_done_when_the_present_settings_were_handed_out() -> None:
    handed = replace(EMPTY, sheet="d1")
    assert done(handed, sheet="d1") == ["delivery_provider"]
    assert done(handed, sheet="d2") == []
    assert "have changed" in why(handed, SetupItem.DELIVERY_PROVIDER, sheet="d2")
    assert "not handed out yet" in why(EMPTY, SetupItem.DELIVERY_PROVIDER, sheet="d1")
    assert "not provisioned yet" in why(handed, SetupItem.DELIVERY_PROVIDER)


def test_the_sender_address_is_done_when_ses_holds_one_verified() -> None:
    assert done(EMPTY, sender="news.example.com") == ["sender_address"]
    found = why(EMPTY, SetupItem.SENDER_ADDRESS, sender="news.example.com")
    assert found == "Amazon SES holds news.example.com verified."


@pytest.mark.parametrize(("passed", "expected"), [(True, ["easy_unsubscribe"]), (False, [])])
def test_an_easy_unsubscribe_is_proved_by_the_last_review(
    passed: bool, expected: list[str]
) -> None:
    assert done(replace(EMPTY, review=Review(NOW, passed, "digest"))) == expected


def test_a_whole_setup_is_done() -> None:
    setup = replace(EMPTY, sheet="d1", review=Review(NOW, passed=True, message="digest"))
    for item in set(SetupItem) - PROVED:
        setup = setup.with_tick(item, SEEN)
    assert done(setup, sheet="d1", sender="news.example.com") == [item.value for item in SetupItem]
