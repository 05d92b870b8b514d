"""The workflow's definition: complete, readable, reachable, and cheap in the worst case.

What a JSON schema can say, asl-validator says (``make lint``). The embedded AWS runs the machine
end to end; it cannot show what a machine does in its worst fortnight. The walk below does.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.approval import APPROVAL_PATIENCE, ApprovalKind
from onboarding.domain.document import PATIENCE as DOCUMENT_PATIENCE
from onboarding.domain.schedule import (
    Action,
    Look,
    Progress,
    Step,
    next_step,
    wait_seconds,
)
from onboarding.port_errors import SesBusy

ROOT = Path(__file__).parents[2]
MACHINES: dict[str, dict[str, Any]] = {
    file.name.removesuffix(".asl.json"): json.loads(file.read_text())
    for file in sorted((ROOT / "statemachine").glob("*.asl.json"))
}
DEFINITION = MACHINES["onboard_domain"]
STATES: dict[str, dict[str, Any]] = DEFINITION["States"]


def _with_nested(states: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The states, and those that a map runs for each of its items."""
    for name, state in states.items():
        yield name, state
        if state["Type"] == "Map":
            yield from _with_nested(state["ItemProcessor"]["States"])


EVERY_STATE: dict[str, dict[str, Any]] = {
    f"{machine}.{name}": state
    for machine, definition in MACHINES.items()
    for name, state in _with_nested(definition["States"])
}
TASKS = {name: state for name, state in EVERY_STATE.items() if state["Type"] == "Task"}
WAITING = [name for name, state in TASKS.items() if state["Resource"].endswith("TaskToken")]
CHOICES = {name: state for name, state in EVERY_STATE.items() if state["Type"] == "Choice"}
DEDICATED_IPS = "provision_account.OrderDedicatedIp"
FAILS = {name: state for name, state in EVERY_STATE.items() if state["Type"] == "Fail"}

OF_SES = re.compile(r"app\.(?:tenancy|identities|sending_rates)\b")
"""Adapters that may raise ``SesBusy``."""


def _asks_ses(name: str) -> bool:
    state = name.partition(".")[2]
    function = re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()
    return bool(OF_SES.search((ROOT / "functions" / function / "app.py").read_text()))


CALLING_SES = [
    name
    for name in TASKS
    if name.startswith(("provision_account.", "offboard_domain.")) and _asks_ses(name)
]
"""The onboardings' use cases give a busy SES as an outcome instead, with the time to wait."""

VARIABLE = r"\$[a-zA-Z]+(?:\.[a-z_]+)*"
CONDITION = re.compile(
    rf"\{{% (?:(?P<flag>{VARIABLE})|\$not\((?P<negated>{VARIABLE})\)"
    rf"|(?P<left>{VARIABLE}) = '(?P<right>[a-z_]+)') %\}}"
)
"""A variable, its negation, or its comparison with a word."""

# Complete


def test_every_state_says_why_it_is_there() -> None:
    assert [name for name, state in EVERY_STATE.items() if not state.get("Comment")] == []


@pytest.mark.parametrize("name", sorted(set(TASKS) - set(WAITING)))
def test_every_task_has_a_time_limit_within_the_functions_reach(name: str) -> None:
    assert 0 < TASKS[name]["TimeoutSeconds"] <= 900


@pytest.mark.parametrize("name", [name for name in WAITING if name != DEDICATED_IPS])
def test_a_task_that_waits_for_a_person_outlasts_our_own_count_of_the_days(name: str) -> None:
    limit = timedelta(seconds=TASKS[name]["TimeoutSeconds"])
    for patience in (APPROVAL_PATIENCE, DOCUMENT_PATIENCE):
        assert patience < limit <= patience + timedelta(days=1)


def test_people_at_aws_have_half_a_year_to_deliver_what_was_ordered() -> None:
    assert timedelta(seconds=TASKS[DEDICATED_IPS]["TimeoutSeconds"]) == timedelta(days=180)


@pytest.mark.parametrize("name", WAITING)
def test_a_task_that_waits_hands_its_token_on(name: str) -> None:
    assert TASKS[name]["Arguments"]["Payload"]["task_token"] == "{% $states.context.Task.Token %}"


@pytest.mark.parametrize("name", TASKS)
def test_every_task_retries_every_fault_with_full_jitter(name: str) -> None:
    retries = list(TASKS[name]["Retry"])
    assert retries[-1]["ErrorEquals"] == ["States.ALL"]
    if name in WAITING:  # who has not answered is not waited for again
        unanswered = retries.pop(0)
        assert (unanswered["ErrorEquals"], unanswered["MaxAttempts"]) == (["States.Timeout"], 0)
    for retry in retries:
        assert retry["JitterStrategy"] == "FULL"
        assert retry["MaxAttempts"] >= 2
        assert retry["BackoffRate"] > 1
        assert retry["MaxDelaySeconds"] <= 300


@pytest.mark.parametrize("name", CALLING_SES)
def test_a_busy_ses_is_waited_for_for_hours(name: str) -> None:
    """A crowd of onboardings keeps SES busy for longer than a fault is tried again."""
    assert _patience(TASKS[name], SesBusy.__name__) > timedelta(hours=4)


@pytest.mark.parametrize("name", TASKS)
def test_a_crowd_waits_for_hours_for_the_functions_of_a_small_account(name: str) -> None:
    """A new account runs ten at once."""
    assert _patience(TASKS[name], "Lambda.TooManyRequestsException") > timedelta(hours=4)


def _patience(task: Mapping[str, Any], error: str) -> timedelta:
    """How long the retries of one error last at most, before any that take every error."""
    errors = [retry["ErrorEquals"] for retry in task["Retry"]]
    assert errors.index([error]) < errors.index(["States.ALL"])
    retry = task["Retry"][errors.index([error])]
    waits = (
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** n, retry["MaxDelaySeconds"])
        for n in range(retry["MaxAttempts"])
    )
    return timedelta(seconds=sum(waits))


@pytest.mark.parametrize("name", TASKS)
def test_every_task_catches_what_its_retries_did_not_cure(name: str) -> None:
    assert TASKS[name]["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("name", FAILS)
def test_every_fail_has_an_error_and_a_cause(name: str) -> None:
    assert FAILS[name]["Error"]
    assert FAILS[name]["Cause"]


def test_choices_only_compare_what_was_computed_in_python() -> None:
    conditions = [rule["Condition"] for choice in CHOICES.values() for rule in choice["Choices"]]
    assert conditions
    assert [condition for condition in conditions if not CONDITION.fullmatch(condition)] == []


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_has_a_default(name: str) -> None:
    assert CHOICES[name]["Default"] in MACHINES[name.partition(".")[0]]["States"]


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_is_reached_and_every_transition_leads_to_a_state(machine: str) -> None:
    states = MACHINES[machine]["States"]
    reached, waiting = set(), [MACHINES[machine]["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(_following(states[name]))
    assert reached == set(states)


def _following(state: dict[str, Any]) -> Iterator[str]:
    branches = [*state.get("Choices", ()), *state.get("Catch", ())]
    yield from (branch["Next"] for branch in branches)
    yield from (state[key] for key in ("Next", "Default") if key in state)


@pytest.mark.parametrize("machine", ["onboard_domain", "onboard_address"])
def test_the_execution_outlives_the_patience_and_its_retries(machine: str) -> None:
    assert timedelta(days=15) <= timedelta(seconds=MACHINES[machine]["TimeoutSeconds"])


def test_the_execution_outlives_everything_that_may_be_waited_for() -> None:
    # Up to three approvals one after the other, a document, and the records.
    waits = [ApprovalKind.CROSS_ORGANISATION, ApprovalKind.FREE_DOMAIN, ApprovalKind.DOMAIN_PACK]
    assert timedelta(days=15) * (len(waits) + 2) <= timedelta(seconds=DEFINITION["TimeoutSeconds"])


def test_every_action_that_the_schedule_can_decide_on_is_followed() -> None:
    followed = {
        match["right"]
        for rule in STATES["WhatFollows"]["Choices"]
        if (match := CONDITION.fullmatch(rule["Condition"]))
    }
    assert followed == {action.value for action in Action} - {Action.WAIT.value}
    assert STATES["WhatFollows"]["Default"] == "WaitForRecords"


# One name, three spellings


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("qualified", TASKS)
def test_a_state_its_function_and_its_use_case_have_one_name(qualified: str) -> None:
    state, name = TASKS[qualified], qualified.partition(".")[2]
    wait = ".waitForTaskToken" if qualified in WAITING else ""
    assert state["Resource"] == f"arn:aws:states:::lambda:invoke{wait}"
    arguments = state.get("Arguments") or state["Parameters"]  # of a map's items: JSONPath
    assert arguments["FunctionName"] == f"${{{name}FunctionArn}}"
    assert (ROOT / "functions" / snake(name) / "app.py").is_file()


@pytest.mark.parametrize("folder", sorted(p.parent.name for p in ROOT.glob("functions/*/app.py")))
def test_each_function_imports_its_use_case_and_calls_it_once(folder: str) -> None:
    tree = ast.parse((ROOT / "functions" / folder / "app.py").read_text())
    imported = [
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == folder
    ]
    assert (f"onboarding.usecases.{folder}", folder) in imported
    assert len(calls) == 1
    use_case = ROOT / "layers/onboarding/onboarding/usecases" / f"{folder}.py"
    assert use_case.is_file()


# The worst fortnight

SEARCH = timedelta(hours=72)
"""How long SES looks for the records once it is asked to."""

BEGIN = datetime(2026, 11, 23, 10, tzinfo=UTC)

Look_ = Callable[[int, bool], Look]
"""What is found at the n-th look; the flag says whether SES's search can have ended."""


class Walk:
    """Follows the definition, with the schedule's own decisions behind its tasks.

    Counts what Step Functions bills: each state that is entered.
    """

    def __init__(
        self,
        find: Look_,
        jitter: Callable[[], float],
        *,
        asks: bool = False,
        signs: bool = True,
    ) -> None:
        self._asks, self._signs = asks, signs
        self._find = find
        self._jitter = jitter
        self.now = BEGIN
        self.searching_since = BEGIN
        self.progress = Progress(BEGIN)
        self.variables: dict[str, Any] = {}
        self.entered: list[str] = []

    def run(self) -> "Walk":
        name = DEFINITION["StartAt"]
        while name is not None:
            self.entered.append(name)
            assert len(self.entered) < 2000, "the workflow does not end"
            name = self._after(name, STATES[name])
        return self

    def _after(self, name: str, state: dict[str, Any]) -> str | None:
        if state["Type"] == "Task":
            result = self._task(name)
            for variable, value in state.get("Assign", {}).items():
                self.variables[variable] = _assigned(value, result)
        elif state["Type"] == "Wait":
            self.now += timedelta(seconds=self.variables["waitSeconds"])
        elif state["Type"] == "Choice":
            rules = [r["Next"] for r in state["Choices"] if self._holds(r["Condition"])]
            return str(next(iter(rules), state["Default"]))
        following: str | None = state.get("Next")
        return following

    def _holds(self, condition: str) -> bool:
        match = CONDITION.fullmatch(condition)
        assert match
        if match["left"]:
            return bool(self._value(match["left"]) == match["right"])
        negated = match["negated"]
        return not self._value(negated) if negated else bool(self._value(match["flag"]))

    def _value(self, path: str) -> Any:
        name, *keys = path.removeprefix("$").split(".")
        value = self.variables[name]
        for key in keys:
            value = value.get(key)  # what is missing equals nothing, says JSONata
        return value

    def _task(self, name: str) -> dict[str, Any]:
        match name:
            case "AdmitRequest":
                return {
                    "admitted": True,
                    "needs_approval": False,
                    "mail_from": True,
                    "needs_document": self._asks,
                }
            case "RequestDocument":
                return {"signed": self._signs, "reason": "never signed"}
            case "CreateIdentity":
                return {"created": True, "busy": False}
            case "SendRecords":
                elapsed = self.now - self.progress.records_sent_at
                return {"wait_seconds": wait_seconds(elapsed, self._jitter())}
            case "CheckRecords":
                return self._check()
            case "RestartVerification":
                self.searching_since = self.now
        return {"busy": False}

    def _check(self) -> dict[str, Any]:
        ended = self.now - self.searching_since >= SEARCH
        look = self._find(self.entered.count("CheckRecords"), ended)
        step = next_step(self.progress, look, self.now, self._jitter())
        self._note(step)
        return {"action": step.action.value, "wait_seconds": step.wait_seconds, "reminder": None}

    def _note(self, step: Step) -> None:
        if step.action is Action.SEND_CORRECTION:
            self.progress = self.progress.with_correction(step.mistakes, self.now)
        if step.reminder is not None:
            self.progress = self.progress.with_reminder(step.reminder)


def _assigned(expression: str, result: dict[str, Any]) -> Any:
    if expression in ("{% $states.result.Payload %}", "{% $states.result %}"):
        return result
    found = re.fullmatch(r"\{% \$states\.result\.Payload\.(\w+) %\}", expression)
    return result[found[1]] if found else None


def worst(look: int, search_ended: bool) -> Look:
    """Another mistake at every look, and SES gives up as soon as it can."""
    return Look(search_ended=search_ended, mistakes=(f"mistake-{look}",))


def test_the_worst_fortnight_stays_within_400_transitions_and_125_checks() -> None:
    walk = Walk(worst, lambda: 0.0, asks=True).run()
    assert walk.entered[-1] == "Expired"
    assert walk.entered.count("CheckRecords") <= 125
    assert len(walk.entered) <= 400


def test_an_owner_who_publishes_at_once_costs_thirteen_transitions() -> None:
    walk = Walk(lambda look, ended: Look(verified=True), lambda: 0.0).run()
    assert walk.entered[-1] == "Verified"
    assert walk.entered == [
        "AdmitRequest",
        "IsAdmitted",
        "NeedsDocument",
        "CreateIdentity",
        "IsIdentityOurs",
        "SetMailFrom",
        "IsMailFromSet",
        "SendRecords",
        "WaitForRecords",
        "CheckRecords",
        "WhatFollows",
        "MarkVerified",
        "Verified",
    ]


def test_an_unsigned_document_ends_the_request_before_anything_is_set_up() -> None:
    walk = Walk(worst, lambda: 0.0, asks=True, signs=False).run()
    assert walk.entered == [
        "AdmitRequest",
        "IsAdmitted",
        "NeedsDocument",
        "RequestDocument",
        "IsDocumentSigned",
        "ExpireRequest",
        "Expired",
    ]


def test_a_signature_costs_two_transitions() -> None:
    found: Look_ = lambda look, ended: Look(verified=True)  # noqa: E731
    without = Walk(found, lambda: 0.0).run()
    signed = Walk(found, lambda: 0.0, asks=True).run()
    assert signed.entered[-1] == "Verified"
    assert set(signed.entered) - set(without.entered) == {"RequestDocument", "IsDocumentSigned"}
    assert len(signed.entered) == len(without.entered) + 2


@given(
    looks=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_no_fortnight_is_worse_than_that(looks: list[tuple[bool, bool]], jitter: float) -> None:
    def find(look: int, may_have_ended: bool) -> Look:
        mistaken, ended = looks[look % len(looks)]
        mistakes = (f"mistake-{look}",) if mistaken else ()
        return Look(search_ended=ended and may_have_ended, mistakes=mistakes)

    walk = Walk(find, lambda: jitter, asks=True).run()
    assert walk.entered.count("CheckRecords") <= 125
    assert len(walk.entered) <= 400
