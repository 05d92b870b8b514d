"""Walks a state machine's definition in this process, with use cases behind its tasks.

As much of JSONata as our machines use, and no more: an expression that is not known here fails.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WAITS = ".waitForTaskToken"

Run = Callable[[str, dict[str, Any]], Any]
"""A task's name and its payload to its result."""

PATH = re.compile(r"\$(states\.)?[A-Za-z]+(\.[A-Za-z_]+)*\Z")
EQUALS = re.compile(r"(\$[A-Za-z]+(?:\.[a-z_]+)*) = '([a-z_]+)'\Z")
NEGATED = re.compile(r"\$not\((\$[A-Za-z]+(?:\.[a-z_]+)*)\)\Z")
AS_TEXT = re.compile(r"\$string\((\$[A-Za-z.]+)\)\Z")
FAULT = re.compile(r"\{ 'Error': (\$[a-z.]+), 'Cause': (\$[a-z.]+) \}\Z")


class Killed(Exception):
    """The execution was stopped from outside."""


class Machine:
    """One execution. ``run`` is called for each task; ``answer`` gives what a task that waits by a
    token goes on with; ``kill_after`` stops the execution behind so many tasks."""

    def __init__(
        self,
        name: str,
        run: Run,
        answer: Callable[[str], Any],
        on_wait: Callable[[float], None] = lambda _: None,
        kill_after: int | None = None,
    ) -> None:
        text = (ROOT / "statemachine" / f"{name}.asl.json").read_text()
        self._definition = json.loads(text)
        self._run, self._answer, self._on_wait = run, answer, on_wait
        self._kill_after = kill_after
        self._variables: dict[str, Any] = {}
        self.entered: list[str] = []
        self.tasks: list[str] = []

    def execute(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The name of the last state, and its output."""
        name: str = self._definition["StartAt"]
        self._states = {"input": dict(given), "context": {"Execution": {"Input": dict(given)}}}
        while True:
            self.entered.append(name)
            assert len(self.entered) < 2000, "the workflow does not end"
            state = self._definition["States"][name]
            if state["Type"] in ("Succeed", "Fail"):
                return {"end": name, "output": self._value(state.get("Output"))}
            name = getattr(self, f"_{state['Type'].lower()}")(name, state)

    def _task(self, name: str, state: dict[str, Any]) -> str:
        token = f"token-{len(self.entered)}"
        self._states["context"]["Task"] = {"Token": token}
        payload = self._value(state["Arguments"]["Payload"])
        try:
            result = self._run(name, payload)
        except Exception as error:  # as Step Functions would, after its retries
            self._variables["fault"] = {"Error": type(error).__name__, "Cause": str(error)}
            return str(state["Catch"][-1]["Next"])
        self.tasks.append(name)
        if self._kill_after == len(self.tasks):
            raise Killed(name)
        waits = state["Resource"].endswith(WAITS)
        self._states["result"] = self._answer(token) if waits else {"Payload": result}
        self._assign(state)
        return str(state["Next"])

    def _choice(self, name: str, state: dict[str, Any]) -> str:
        for rule in state["Choices"]:
            if self._value(rule["Condition"]):
                self._assign(rule)
                return str(rule["Next"])
        self._assign(state)
        return str(state["Default"])

    def _wait(self, name: str, state: dict[str, Any]) -> str:
        self._on_wait(float(self._value(state["Seconds"])))
        return str(state["Next"])

    def _assign(self, where: dict[str, Any]) -> None:
        # All at once: an assignment sees the variables as they were.
        self._variables |= {
            variable: self._value(value) for variable, value in where.get("Assign", {}).items()
        }

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._value(inner) for key, inner in value.items()}
        if isinstance(value, str) and value.startswith("{% "):
            return self._evaluated(value.removeprefix("{% ").removesuffix(" %}"))
        return value

    def _evaluated(self, expression: str) -> Any:
        if match := EQUALS.match(expression):
            return self._path(match[1]) == match[2]
        if match := NEGATED.match(expression):
            return not self._path(match[1])
        if match := AS_TEXT.match(expression):
            return str(self._path(match[1]))
        if match := FAULT.match(expression):
            return {"Error": self._path(match[1]), "Cause": self._path(match[2])}
        if expression == "''":
            return ""
        assert PATH.match(expression), f"not understood: {expression}"
        return self._path(expression)

    def _path(self, path: str) -> Any:
        first, *rest = path.removeprefix("$").split(".")
        value: Any = self._states if first == "states" else self._variables[first]
        for key in rest:
            # What is missing equals nothing, says JSONata.
            value = value.get(key) if isinstance(value, dict) else value[key]
        return value
