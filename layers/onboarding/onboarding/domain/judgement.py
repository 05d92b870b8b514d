"""What one server's answer says of one record."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.domain.problems import ProblemCode

_NOT_THERE = frozenset({ProblemCode.MISSING, ProblemCode.WILDCARD_ANSWER})


@dataclass(frozen=True, slots=True)
class Judgement:
    """`mistake` is None when the record is there. `seen` is what stands in its place: values
    of the right type, or `TYPE value` where the type is wrong. `detail` is what a reader of
    the mistake has to know beyond that: the part that cannot be read, the region, where the alias
    ends at which a wrong value stands."""

    mistake: ProblemCode | None
    seen: tuple[str, ...] = ()
    detail: str = ""

    @property
    def is_found(self) -> bool:
        return self.mistake is None

    @property
    def is_missing(self) -> bool:
        """Is nothing there that anybody has put there for this name?"""
        return self.mistake in _NOT_THERE


MISSING = Judgement(ProblemCode.MISSING)
