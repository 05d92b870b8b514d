"""Faults on demand, so that tests can break an exact call in an exact way.

The file is a JSON list of rules, read again whenever it changes:

    [{"operation": "SendEmail", "match": {"Destination": "ann@"}, "count": 2, "fault": "reset"}]

`match` is optional: each key is a request member (dots descend), each value text that must occur
in the member's JSON. `count` (1 unless given) is how many calls the rule breaks; changing the file
counts afresh. The first rule that fits is used. `fault` is one of

- `throttle`: TooManyRequestsException, nothing happens;
- `500`: InternalServiceErrorException, nothing happens;
- `hang`: no answer for as long as the client waits, nothing happens;
- `reset`: the connection is cut, nothing happens;
- `reset_after`: the effect happens, then the connection is cut without an answer;
- the name of an exception of the service model, such as `AccountSuspendedException`.
"""

import json
import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

_log = logging.getLogger(__name__)

ERRORS: Final[Mapping[str, tuple[str, str]]] = {
    "throttle": ("TooManyRequestsException", "Rate exceeded"),
    "500": ("InternalServiceErrorException", "The service has failed."),
}
"""Faults that are plain answers: code and message."""


class Rule(BaseModel):
    """One rule of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str
    fault: str
    match: dict[str, str] = Field(default_factory=dict)
    count: int = Field(default=1, ge=1)

    def fits(self, operation: str, arguments: Mapping[str, Any]) -> bool:
        """Does the rule mean this call?"""
        return self.operation == operation and all(
            text in _member(arguments, path) for path, text in self.match.items()
        )


_RULES: Final = TypeAdapter(list[Rule])


class Faults:
    """The rules of one file and how often each has been used."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._version: tuple[int, int, int] | None = None
        self._rules: list[Rule] = []
        self._used: Counter[int] = Counter()

    def take(self, operation: str, arguments: Mapping[str, Any]) -> str | None:
        """The fault for this call, counted as used; None when the call is to go well."""
        self._reload()
        for index, rule in enumerate(self._rules):
            if self._used[index] < rule.count and rule.fits(operation, arguments):
                self._used[index] += 1
                return rule.fault
        return None

    def _reload(self) -> None:
        if self._path is None:
            return
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._version, self._rules = None, []
            return
        version = (status.st_mtime_ns, status.st_size, status.st_ino)
        if version != self._version:
            self._version, self._used = version, Counter()
            self._rules = _read(self._path)


def _read(path: Path) -> list[Rule]:
    try:
        return _RULES.validate_json(path.read_bytes())
    except ValidationError as error:
        _log.error("%s holds no valid rules, so no fault happens: %s", path, error)
        return []


def _member(arguments: Mapping[str, Any], path: str) -> str:
    value: Any = arguments
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else json.dumps(value, default=str)
