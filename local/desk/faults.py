"""Faults that a vendor's API has for a while, before or after it has done what it was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How a call goes wrong. ``late``: what hangs is done when nobody waits any more."""

    BUSY = "429"
    BROKEN = "500"
    UNAVAILABLE = "503"
    HANG = "hang"
    LATE = "late"
    RESET = "reset"


@dataclass
class Fault:
    """``times`` calls of ``source`` (all where empty) by one of ``methods`` (all where empty) go
    wrong; ``done``: after the vendor has done what it was asked."""

    kind: Kind
    times: int = 1
    source: str = ""
    methods: Sequence[str] = ()
    done: bool = False
    retry_after: int = 1

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Fault":
        return cls(**{**given, "kind": Kind(given["kind"])})


@dataclass
class Faults:
    """The faults that are still to come, oldest first."""

    coming: list[Fault] = field(default_factory=list)

    def next(self, source: str, method: str) -> Fault | None:
        for fault in self.coming:
            if fault.source not in ("", source) or (fault.methods and method not in fault.methods):
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.coming.remove(fault)
            return fault
        return None
