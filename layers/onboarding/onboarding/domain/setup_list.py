"""What a support representative sets up for a new account, and what shows that it is done.

Some of it the system proves by itself and nobody can tick; the rest a person ticks, with a note
that says what was seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class SetupItem(StrEnum):
    """The steps of the basic setup, in the order in which they are taken."""

    DELIVERY_PROVIDER = "delivery_provider"
    SERVER_CONTROL = "server_control"
    SENDER_ADDRESS = "sender_address"
    ACCOUNT_CONNECTION = "account_connection"
    TOUCHPOINT_SETTINGS = "touchpoint_settings"
    EASY_UNSUBSCRIBE = "easy_unsubscribe"
    NEW_SENDER = "new_sender"


TASKS: Final[Mapping[SetupItem, str]] = {
    SetupItem.DELIVERY_PROVIDER: "Set the delivery provider in uProduce to Amazon SES: the "
    "settings are what `xes account smtp` prints.",
    SetupItem.SERVER_CONTROL: "Set up the AWS server control in uProduce.",
    SetupItem.SENDER_ADDRESS: "Set the sender address, and have it or its domain verified.",
    SetupItem.ACCOUNT_CONNECTION: "Check in Circle that the system and the e-mail account are the "
    "XES account that was added to uProduce.",
    SetupItem.TOUCHPOINT_SETTINGS: "Review the settings of the e-mail touchpoints.",
    SetupItem.EASY_UNSUBSCRIBE: "Review the body of a sample message for an easy unsubscribe: "
    "`xes review` has to pass it.",
    SetupItem.NEW_SENDER: "Add a new sender to a touchpoint in the Circle UI.",
}

PROVED: Final = frozenset(
    {SetupItem.DELIVERY_PROVIDER, SetupItem.SENDER_ADDRESS, SetupItem.EASY_UNSUBSCRIBE}
)
"""What the system finds out by itself: a tick of a person proves nothing about these."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A person's word for one step: when, who, and what was seen."""

    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Review:
    """The last verdict on a sample message; ``message`` is a digest of it, never the message."""

    at: datetime
    passed: bool
    message: str


@dataclass(frozen=True, slots=True)
class SetupList:
    """What is kept of an account's setup. ``sheet`` is the digest of the SMTP settings that were
    handed out last; ``version`` counts the writes, for optimistic locking."""

    account_id: str
    ticks: Mapping[SetupItem, Tick]
    sheet: str | None = None
    review: Review | None = None
    version: int = 0

    def with_tick(self, item: SetupItem, tick: Tick) -> "SetupList":
        """Raises ``CannotBeTicked``."""
        if item in PROVED:
            raise CannotBeTicked(f"{item} is not ticked but proved: {HOW_PROVED[item]}")
        if not tick.note.strip():
            raise CannotBeTicked("Say in a note what was seen: a bare tick is of no use later.")
        return replace(self, ticks={**self.ticks, item: tick})


class CannotBeTicked(ValueError):
    """The text says what would count."""


HOW_PROVED: Final[Mapping[SetupItem, str]] = {
    SetupItem.DELIVERY_PROVIDER: "hand out the settings by `xes account smtp`.",
    SetupItem.SENDER_ADDRESS: "Amazon SES has to have verified a domain or address of the account.",
    SetupItem.EASY_UNSUBSCRIBE: "record a sample message that `xes review` passes.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one step stands; ``why`` is what shows it, or what is still to be done."""

    item: SetupItem
    done: bool
    why: str

    def as_json(self) -> dict[str, Any]:
        return {
            "item": self.item.value,
            "task": TASKS[self.item],
            "done": self.done,
            "proved_by": "system" if self.item in PROVED else "agent",
            "why": self.why,
        }


def standings(
    setup: SetupList, *, current_sheet: str | None, verified_sender: str | None
) -> tuple[Standing, ...]:
    """Every step, in order.

    ``current_sheet`` is the digest of the settings as they are now, none before the account is
    provisioned; ``verified_sender`` a domain or address of the account that SES holds verified.
    """
    proofs = {
        SetupItem.DELIVERY_PROVIDER: _sheet(setup, current_sheet),
        SetupItem.SENDER_ADDRESS: _sender(verified_sender),
        SetupItem.EASY_UNSUBSCRIBE: _review(setup.review),
    }
    return tuple(
        Standing(item, *(proofs[item] if item in proofs else _tick(setup, item)))
        for item in SetupItem
    )


def _tick(setup: SetupList, item: SetupItem) -> tuple[bool, str]:
    tick = setup.ticks.get(item)
    if tick is None:
        return False, TASKS[item]
    return True, f"{tick.note} ({tick.by}, {tick.at:%Y-%m-%d})"


def _sheet(setup: SetupList, current: str | None) -> tuple[bool, str]:
    if current is None:
        return False, "The account is not provisioned yet: there are no settings to hand out."
    if setup.sheet is None:
        return False, "The SMTP settings were not handed out yet: `xes account smtp`."
    if setup.sheet != current:
        return False, "The SMTP settings have changed since they were handed out."
    return True, "The SMTP settings as they are now were handed out."


def _sender(verified: str | None) -> tuple[bool, str]:
    if verified is None:
        return False, "Amazon SES has verified no domain or address of the account yet."
    return True, f"Amazon SES holds {verified} verified."


def _review(review: Review | None) -> tuple[bool, str]:
    if review is None:
        return False, "No sample message was reviewed yet."
    day = f"{review.at:%Y-%m-%d}"
    if not review.passed:
        return False, f"The sample message of {day} was not passed: cure it and review it again."
    return True, f"A sample message was passed on {day}."
