"""One domain's case: what was seen of it, and what that says of each record at each server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from onboarding.domain.dnsnames import canonical
from onboarding.domain.matching import judge, leads_elsewhere
from onboarding.domain.observation import Answer, Observation, Outcome, Question, Zone, question_of
from onboarding.domain.problems import ProblemCode
from onboarding.domain.questions import Unfound, beside
from onboarding.domain.records import Purpose, Record
from onboarding.domain.spf_tree import SpfTree, trusted_includes

if TYPE_CHECKING:
    from onboarding.domain.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Case:
    """`domain` is canonical; `tokens` are the DKIM targets that were asked for."""

    domain: str
    observed: Observation
    targets: frozenset[str] = frozenset()

    @property
    def cut(self) -> str:
        return self.observed.zone.cut if isinstance(self.observed.zone, Zone) else ""

    def resolved(self, question: Question) -> Outcome | None:
        """What the resolver said; None where it was not asked."""
        found = (seen.outcome for seen in self.observed.resolved if seen.question == question)
        return next(found, None)

    def judge(self, record: Record, answer: Answer) -> Judgement | None:
        """What an answer says of a record, with what is known from elsewhere."""
        question = question_of(record)
        judgement = judge(record, answer, (self.cut, self.domain), self.resolved(question))
        if judgement is None:
            return None
        if record.purpose is Purpose.MAIL_FROM_SPF and record.type == "TXT":
            end = self.resolved(question) if leads_elsewhere(record, answer) else answer
            if isinstance(end, Answer):
                judgement = self._with_includes(record, end, judgement)
        if judgement is None or judgement.is_found:
            return judgement
        if self._may_be_wildcards(record, answer, judgement):
            return None
        if self.is_wildcards(question, answer):
            return replace(judgement, mistake=ProblemCode.WILDCARD_ANSWER)
        return self._own_token(judgement)

    def wildcard(self, question: Question) -> frozenset[str]:
        """What a wildcard answers to this question, as far as that was looked up."""
        unmade = beside(question)
        answers = self.observed.answers(unmade)
        return frozenset(text for _, answer in answers for text in held(answer, unmade))

    def wildcard_is_unknown(self, question: Question) -> bool:
        """Was a wildcard asked about, and nobody answered?"""
        unmade = beside(question)
        return any(self.observed.of(unmade)) and not self.observed.answers(unmade)

    def is_wildcards(self, question: Question, answer: Answer) -> bool:
        """Does the answer come from a wildcard, and so from nobody who meant this name?"""
        by_wildcard = self.wildcard(question)
        return bool(by_wildcard) and by_wildcard == held(answer, question)

    def _may_be_wildcards(self, record: Record, answer: Answer, judgement: Judgement) -> bool:
        """Did nobody answer whether what is at the name is anybody's mistake?"""
        if judgement.is_missing or not self.wildcard_is_unknown(question_of(record)):
            return False
        return not Unfound(record, "", answer, judgement).is_meant

    def _own_token(self, judgement: Judgement) -> Judgement:
        """Two of the domain's own targets swapped are no stale ones."""
        if judgement.mistake is ProblemCode.STALE_TOKEN and self.targets & {*judgement.seen}:
            return replace(judgement, mistake=ProblemCode.WRONG_VALUE)
        return judgement

    def _with_includes(
        self, record: Record, answer: Answer, judgement: Judgement
    ) -> Judgement | None:
        """An include may be reached by way of another, and all of them together be too much.

        Where one that leads on has no answer, nobody knows whether ours is behind it.
        """
        wanted = trusted_includes(record.value)
        tree = SpfTree(canonical(record.name), answer, wanted, self.resolved)
        if judgement.mistake is ProblemCode.SPF_MISSING_INCLUDE:
            includes = tree.includes()
            if wanted <= includes.domains:
                judgement = replace(judgement, mistake=None)
            elif not includes.is_certain:
                trouble = tree.trouble()
                return (
                    replace(judgement, mistake=trouble[0], detail=trouble[1]) if trouble else None
                )
        if judgement.is_found and (trouble := tree.trouble()):
            return replace(judgement, mistake=trouble[0], detail=trouble[1])
        return judgement


def held(answer: Answer, question: Question) -> frozenset[str]:
    """What stands at the name: records of the type, and an alias."""
    types = (question.type, "CNAME")
    return frozenset(f"{t} {rr.text}" for t in types for rr in answer.at(question.name, t))
