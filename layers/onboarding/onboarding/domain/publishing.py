"""What an owner still has to do for each record, by what a check found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from onboarding.domain.dnsnames import canonical
from onboarding.domain.merging import CannotMerge, merged
from onboarding.domain.problems import ProblemCode
from onboarding.domain.report import RecordReport, Report, Status

if TYPE_CHECKING:
    from onboarding.domain.records import Record

_NOTHING_AT_THE_NAME = frozenset(
    {
        ProblemCode.MISSING,
        ProblemCode.WRONG_PLACE,
        ProblemCode.DOUBLED_ZONE,
        ProblemCode.UNDERSCORE_LOST,
        ProblemCode.WILDCARD_ANSWER,
    }
)


_ANOTHER_TYPE = frozenset(
    {ProblemCode.WRONG_TYPE, ProblemCode.CNAME_FLATTENED, ProblemCode.CONFLICTING_CNAME}
)


class Task(StrEnum):
    """What is to be done about one record.

    `add`: nothing of the kind is at its name. `change`: what is there has to become it; a second
    one beside it would break both. `replace`: a record of another type is there, which has to go
    first. `wait`: some name servers have it, the others will.
    """

    ADD = "add"
    CHANGE = "change"
    REPLACE = "replace"
    WAIT = "wait"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Step:
    """One record and its task.

    `old` is what stands there; `value` is what it has to become: for a record that has more to
    say than what was asked for, both in one. `note` says why they could not be made one, or is
    empty.
    """

    record: Record
    task: Task
    old: tuple[str, ...] = ()
    value: str = ""
    note: str = ""


def steps(records: Iterable[Record], report: Report | None = None) -> tuple[Step, ...]:
    """A step for each record, in their order; without a report, all are to be added."""
    seen = report.records if report is not None else ()
    return tuple(_step(record, _about(record, seen)) for record in records)


def to_add(records: Iterable[Record], report: Report | None = None) -> tuple[Record, ...]:
    """The records that a file may hold: whoever imports it, nothing that is there is touched."""
    return tuple(step.record for step in steps(records, report) if step.task is Task.ADD)


def _about(record: Record, seen: Sequence[RecordReport]) -> RecordReport | None:
    """What a report says of this very record; one that asked for another value says nothing."""
    asked = (record.type, canonical(record.name), record.value)
    return next((r for r in seen if (r.type, canonical(r.name), r.expected) == asked), None)


def _step(record: Record, seen: RecordReport | None) -> Step:
    match seen.status if seen is not None else Status.MISSING:
        case Status.FOUND:
            return Step(record, Task.NOTHING, seen.found if seen else (), record.value)
        case Status.PROPAGATING:
            return Step(record, Task.WAIT, seen.found if seen else (), record.value)
        case Status.WRONG if seen is not None and not _is_free(seen):
            return _change(record, seen)
    # What nobody could find out may be missing; an import that finds it there stops.
    return Step(record, Task.ADD, (), record.value)


def _is_free(seen: RecordReport) -> bool:
    """Is the mistake that the record is somewhere else, with nothing at its own name?"""
    return {problem.code for problem in seen.problems} <= _NOTHING_AT_THE_NAME


def _change(record: Record, seen: RecordReport) -> Step:
    if any(problem.code in _ANOTHER_TYPE for problem in seen.problems):
        return Step(record, Task.REPLACE, seen.found, record.value)
    if record.type != "TXT" or len(seen.found) != 1:
        return Step(record, Task.CHANGE, seen.found, record.value)
    try:
        value = merged(record.purpose, seen.found[0], record.value)
    except CannotMerge as error:
        return Step(record, Task.CHANGE, seen.found, record.value, str(error))
    return Step(record, Task.CHANGE, seen.found, value)
