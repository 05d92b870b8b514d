"""The definition of ``provision_account``: complete, readable, reachable.

``test_provision_account`` runs it.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onboarding.domain.approval import APPROVAL_PATIENCE
from onboarding.usecases.request_sending_rate import AWS_PATIENCE
from tests.unit.test_state_machine import CONDITION, snake

ROOT = Path(__file__).parents[2]
DEFINITION = json.loads((ROOT / "statemachine" / "provision_account.asl.json").read_text())
STATES: dict[str, dict[str, Any]] = DEFINITION["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
CHOICES = {name: state for name, state in STATES.items() if state["Type"] == "Choice"}
FAILS = {name: state for name, state in STATES.items() if state["Type"] == "Fail"}
WAITING = {name for name, state in TASKS.items() if state["Resource"].endswith("TaskToken")}


def test_every_state_says_why_it_is_there() -> None:
    assert [name for name, state in STATES.items() if not state.get("Comment")] == []


@pytest.mark.parametrize("name", sorted(set(TASKS) - WAITING))
def test_every_task_has_a_time_limit_within_the_functions_reach(name: str) -> None:
    assert 0 < TASKS[name]["TimeoutSeconds"] <= 900


def test_only_people_are_waited_for_by_a_token() -> None:
    assert {"RequestApproval", "OrderDedicatedIp"} == WAITING
    token = "{% $states.context.Task.Token %}"
    for name in WAITING:
        assert TASKS[name]["Arguments"]["Payload"]["task_token"] == token
        # Waiting as long again, because nobody has answered, would help nobody.
        assert TASKS[name]["Retry"][0]["ErrorEquals"] == ["States.Timeout"]
        assert TASKS[name]["Retry"][0]["MaxAttempts"] == 0


def test_a_person_has_longer_than_our_own_count_of_the_days() -> None:
    assert timedelta(seconds=TASKS["RequestApproval"]["TimeoutSeconds"]) > APPROVAL_PATIENCE


@pytest.mark.parametrize("name", TASKS)
def test_every_task_retries_every_fault_with_full_jitter(name: str) -> None:
    retry = TASKS[name]["Retry"][-1]
    assert retry["ErrorEquals"] == ["States.ALL"]
    assert retry["JitterStrategy"] == "FULL"
    assert retry["MaxAttempts"] >= 2
    assert retry["BackoffRate"] > 1
    assert retry["MaxDelaySeconds"] <= 300


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


def test_every_state_is_reached_and_every_transition_leads_to_a_state() -> None:
    reached: set[str] = set()
    waiting = [DEFINITION["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(_following(STATES[name]))
    assert reached == set(STATES)


def _following(state: dict[str, Any]) -> Iterator[str]:
    branches = [*state.get("Choices", ()), *state.get("Catch", ())]
    yield from (branch["Next"] for branch in branches)
    yield from (state[key] for key in ("Next", "Default") if key in state)


def test_the_execution_outlives_the_patience_with_people_and_with_aws() -> None:
    waits = sum(TASKS[name]["TimeoutSeconds"] for name in WAITING)
    longest = timedelta(seconds=waits) + AWS_PATIENCE
    assert longest < timedelta(seconds=DEFINITION["TimeoutSeconds"]) <= timedelta(days=365)


@pytest.mark.parametrize("name", TASKS)
def test_a_state_its_function_and_its_use_case_have_one_name(name: str) -> None:
    wait = ".waitForTaskToken" if name in WAITING else ""
    assert TASKS[name]["Resource"] == f"arn:aws:states:::lambda:invoke{wait}"
    assert TASKS[name]["Arguments"]["FunctionName"] == f"${{{name}FunctionArn}}"
    assert (ROOT / "functions" / snake(name) / "app.py").is_file()
    assert (ROOT / f"layers/onboarding/onboarding/usecases/{snake(name)}.py").is_file()
