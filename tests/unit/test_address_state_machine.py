"""The workflow of sender addresses: what it decides, what it carries, and its worst fortnight.

What holds for every machine is in ``test_state_machine``.
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.address_schedule import LINK_LIFE, LinkAction
from onboarding.domain.lifecycle import State
from onboarding.domain.schedule import Reminder
from tests.support.address_world import ADDRESS, AddressWorld

DEFINITION = Path(__file__).parents[2] / "statemachine" / "onboard_address.asl.json"
MACHINE = json.loads(DEFINITION.read_text())
STATES: dict[str, dict[str, Any]] = MACHINE["States"]
EXPRESSION = re.compile(r"\{% \$(?P<path>[A-Za-z.]+(?:\.[a-z_]+)*) %\}")
CONDITION = re.compile(
    r"\{% (?:\$not\(\$(?P<negated>[a-z.]+)\)|\$(?P<left>[a-z.]+)(?: = '(?P<right>[a-z]+)')?) %\}"
)


class Walk:
    """Follows the definition over the in-memory world, with the real use cases behind its tasks.

    ``entered`` is what Step Functions bills, ``payloads`` what it would log.
    """

    def __init__(self, world: AddressWorld, meanwhile: Callable[[AddressWorld], None]) -> None:
        self.world = world
        self.entered: list[str] = []
        self.payloads: list[Any] = []
        self._meanwhile = meanwhile
        self._variables: dict[str, Any] = {}

    def run(self) -> "Walk":
        name: str | None = MACHINE["StartAt"]
        while name is not None:
            self.entered.append(name)
            assert len(self.entered) < 2000, "the workflow does not end"
            name = getattr(self, f"_{STATES[name]['Type'].lower()}")(STATES[name], name)
        return self

    def _task(self, state: dict[str, Any], name: str) -> str:
        payload = {
            key: self._value(text, {"request_id": "req_1"})
            for key, text in state["Arguments"]["Payload"].items()
        }
        result = self._use_case(name, payload)
        self.payloads += [payload, result]
        self._assign(state, result)
        return str(state["Next"])

    def _use_case(self, name: str, payload: dict[str, Any]) -> dict[str, Any]:
        world = self.world
        use_cases: dict[str, Callable[..., dict[str, Any]]] = {
            "AdmitAddress": world.admit_address,
            "CreateAddressIdentity": world.create_identity,
            "AnnounceLink": world.announce,
            "CheckAddress": world.check_address,
            "RenewLink": world.renew,
            "SendAddressReminder": lambda reminder, request_id: world.remind_of_link(
                Reminder(reminder), request_id
            ),
            "MarkAddressVerified": world.mark_address_verified,
            "AnswerCovered": world.answer_covered,
            "ExpireAddress": world.expire_address,
            "RejectRequest": world.reject,
        }
        return use_cases[name](**payload)

    def _wait(self, state: dict[str, Any], name: str) -> str:
        self.world.clock.advance(timedelta(seconds=self._value(state["Seconds"])))
        self._meanwhile(self.world)
        return str(state["Next"])

    def _choice(self, state: dict[str, Any], name: str) -> str:
        for rule in state["Choices"]:
            if self._holds(rule["Condition"]):
                self._assign(rule, None)
                return str(rule["Next"])
        return str(state["Default"])

    def _succeed(self, state: dict[str, Any], name: str) -> None:
        self.payloads.append(state["Output"])

    def _assign(self, state: dict[str, Any], result: Any) -> None:
        given = {"request_id": "req_1"}
        for variable, text in state.get("Assign", {}).items():
            self._variables[variable] = self._value(text, given, result)

    def _holds(self, condition: str) -> bool:
        match = CONDITION.fullmatch(condition)
        assert match, condition
        if match["negated"]:
            return not self._variable(match["negated"])
        found = self._variable(match["left"])
        return bool(found == match["right"]) if match["right"] else bool(found)

    def _value(self, text: str, given: Any = None, result: Any = None) -> Any:
        match = EXPRESSION.fullmatch(text)
        assert match, text
        path = match["path"]
        if path.startswith("states.input."):
            return given[path.removeprefix("states.input.")]
        if path.startswith("states.result.Payload"):
            key = path.removeprefix("states.result.Payload").removeprefix(".")
            return result[key] if key else result
        return self._variable(path)

    def _variable(self, path: str) -> Any:
        name, *keys = path.split(".")
        value = self._variables[name]
        for key in keys:
            value = value[key]
        return value


def nothing(_: AddressWorld) -> None:
    """Nobody does anything, and SES lets links end."""


def links_end(world: AddressWorld) -> None:
    """SES's own clock: a link ends 24 hours after it was mailed."""
    now = world.clock.now()
    mailed: dict[int, Any] = world.__dict__.setdefault("mailed_at", {})
    mailed.setdefault(len(world.addresses.links), now)
    pending = world.addresses.identities[ADDRESS].status == "PENDING"
    if pending and now - mailed[len(world.addresses.links)] >= LINK_LIFE:
        world.addresses.let_link_end(ADDRESS)


def walked(meanwhile: Callable[[AddressWorld], None] = nothing, jitter: float = 0.0) -> Walk:
    world = AddressWorld()
    world.dice.value = jitter
    world.accepted()
    return Walk(world, meanwhile).run()


def test_every_action_that_the_schedule_can_decide_on_is_followed() -> None:
    followed = {
        match["right"]
        for rule in STATES["WhatFollows"]["Choices"]
        if (match := CONDITION.fullmatch(rule["Condition"]))
    }
    assert followed == {action.value for action in LinkAction} - {LinkAction.WAIT.value}
    assert STATES["WhatFollows"]["Default"] == "WaitForLink"


def test_a_link_that_is_opened_at_once_costs_ten_transitions() -> None:
    walk = walked(lambda world: world.addresses.open_link(ADDRESS))
    assert walk.entered == [
        "AdmitAddress",
        "HowAdmitted",
        "CreateAddressIdentity",
        "IsAddressOurs",
        "AnnounceLink",
        "WaitForLink",
        "CheckAddress",
        "WhatFollows",
        "MarkAddressVerified",
        "Verified",
    ]


def test_an_address_of_a_verified_domain_costs_four_and_no_call_of_ses() -> None:
    world = AddressWorld()
    world.domain_is(State.VERIFIED)
    world.accepted()
    walk = Walk(world, nothing).run()
    assert walk.entered == ["AdmitAddress", "HowAdmitted", "AnswerCovered", "Verified"]
    assert world.addresses.calls == []


def test_a_domain_that_is_verified_meanwhile_ends_the_wait() -> None:
    walk = walked(lambda world: world.domain_is(State.VERIFIED))
    assert walk.entered[-2:] == ["AnswerCovered", "Verified"]
    assert walk.world.addresses.identities == {}


def test_an_address_of_somebody_elses_domain_is_refused() -> None:
    world = AddressWorld()
    world.domain_is(State.VERIFIED, account_id="globex", organisation_id="org-globex")
    world.accepted()
    walk = Walk(world, nothing).run()
    assert walk.entered == ["AdmitAddress", "HowAdmitted", "RejectRequest", "Rejected"]


def test_an_identity_of_somebody_else_is_refused() -> None:
    world = AddressWorld()
    world.addresses.create(ADDRESS, world.store.accounts["globex"], "req_0")
    world.accepted()
    walk = Walk(world, nothing).run()
    assert walk.entered[-3:] == ["IsAddressOurs", "RejectRequest", "Rejected"]


def test_a_link_that_an_earlier_attempt_left_opened_verifies_at_once() -> None:
    world = AddressWorld()
    world.addresses.create(ADDRESS, world.store.accounts["acme"], "req_0")
    world.addresses.open_link(ADDRESS)
    world.accepted()
    walk = Walk(world, nothing).run()
    assert walk.entered[-3:] == ["IsAddressOurs", "MarkAddressVerified", "Verified"]


@given(jitter=st.floats(0, 1, exclude_max=True))
def test_a_fortnight_without_anybody_stays_within_400_transitions_and_125_looks(
    jitter: float,
) -> None:
    walk = walked(links_end, jitter)
    assert walk.entered[-1] == "Expired"
    assert walk.entered.count("CheckAddress") <= 125
    assert len(walk.entered) <= 400
    assert walk.entered.count("RenewLink") == 4
    assert walk.world.addresses.links == [ADDRESS] * 5
    assert walk.world.mailed() == [
        "address_link",
        *["address_reminder"] * 3,
        "address_last_notice",
        "address_expired",
    ]


@pytest.mark.parametrize(
    "meanwhile",
    [
        links_end,
        lambda world: world.addresses.open_link(ADDRESS),
        lambda world: world.domain_is(State.VERIFIED),
    ],
)
def test_no_payload_carries_the_address(meanwhile: Callable[[AddressWorld], None]) -> None:
    """Step Functions logs them; the request's id stands for the address."""
    walk = walked(meanwhile)
    assert walk.payloads
    assert [p for p in walk.payloads if "news@" in json.dumps(p).lower()] == []
