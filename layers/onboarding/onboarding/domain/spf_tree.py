"""An SPF record with all that it includes, as far as that has been looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from onboarding.domain.dnsnames import canonical
from onboarding.domain.observation import Answer, Outcome, Question, ResourceRecord
from onboarding.domain.problems import ProblemCode
from onboarding.domain.spf import SpfSyntaxError, is_spf, parse_spf, passing_includes
from onboarding.domain.spf_macros import NeedsSender, expand_domain

Known = Callable[[Question], Outcome | None]
"""What the resolver has said of a question; None where it has not been asked."""

_FEW = 10
"""Terms of a record that cannot even together reach the limit of lookups (RFC 7208 §4.6.4)."""
_HARMLESS = "v=spf1 -all"


@dataclass(frozen=True, slots=True)
class Includes:
    """The domains whose senders pass. Unless `is_certain` there may be more: something that was
    included has not been asked about, or was not answered."""

    domains: frozenset[str]
    is_certain: bool


@dataclass(frozen=True, slots=True)
class SpfTree:
    """The record at `name` as one server gives it, and what is `known` of the rest.

    `trusted` are the includes that were asked for: they are SES's, and not looked into.
    """

    name: str
    answer: Answer
    trusted: frozenset[str]
    known: Known

    def lookup(self, question: Question) -> Outcome | None:
        if question.type == "TXT" and question.name == self.name:
            return self.answer
        if question.type == "TXT" and question.name in self.trusted:
            return Answer(records=(ResourceRecord(question.name, "TXT", _HARMLESS),))
        return self.known(question)

    @property
    def is_plain(self) -> bool:
        """Does the record lead nowhere but to what is trusted? Most do; they need no evaluation,
        since nothing is to be asked and nothing can be too much."""
        texts = [rr.text for rr in self.answer.at(self.name, "TXT") if is_spf(rr.text)]
        try:
            record = parse_spf(texts[0]) if len(texts) == 1 else None
        except SpfSyntaxError:
            return False
        if record is None or record.redirect or len(record.mechanisms) > _FEW:
            return False
        return all(
            each.name in ("all", "ip4", "ip6")
            or (each.name == "include" and canonical(each.domain) in self.trusted)
            for each in record.mechanisms
        )

    def trouble(self) -> tuple[ProblemCode, str] | None:
        """What makes receivers give the record up, and where: at a term. In front of one that is in
        somebody else's record stands the one of this record that leads there, in a line of its own.
        """
        if self.is_plain:
            return None
        from onboarding.domain.spf_evaluation import Trouble, look_over

        codes = {
            Trouble.LOOKUPS: ProblemCode.SPF_TOO_MANY_LOOKUPS,
            Trouble.VOID_LOOKUPS: ProblemCode.SPF_VOID_LOOKUPS,
        }
        seen = look_over(self.name, self.lookup)
        if seen.trouble is None:
            return None
        where = f"{seen.behind}\n{seen.where}" if seen.behind else seen.where
        return codes.get(seen.trouble, ProblemCode.SPF_SYNTAX), where

    def includes(self) -> Includes:
        """All domains whose senders pass, by way of other domains' records too."""
        reached: set[str] = {self.name}
        todo = [self.name]
        is_certain = True
        while todo:
            domain = todo.pop()
            outcome = self.lookup(Question(domain, "TXT"))
            if not isinstance(outcome, Answer):
                is_certain = False
                continue
            for spec in _includes_in(outcome, domain):
                name = _expanded(spec, domain)
                if name is None:
                    is_certain = False
                elif name not in reached:
                    reached.add(name)
                    todo.append(name)
        return Includes(frozenset(reached), is_certain)

    def unasked(self) -> tuple[Question, ...]:
        """The questions that a full look needs and that have not been asked."""
        if self.is_plain:
            return ()
        from onboarding.domain.spf_evaluation import look_over

        missing: dict[Question, None] = {}

        def note(question: Question) -> Outcome | None:
            outcome = self.lookup(question)
            if outcome is None:
                missing[question] = None
            return outcome

        look_over(self.name, note)
        return tuple(missing)


def _includes_in(answer: Answer, domain: str) -> Iterator[str]:
    end = (domain, *answer.aliases(domain))[-1]
    for record in answer.at(end, "TXT"):
        if is_spf(record.text):
            yield from _passing(record.text)


def _expanded(spec: str, domain: str) -> str | None:
    """The name that an include means, or None where only a sender could tell."""
    try:
        return canonical(expand_domain(spec, domain, None))
    except NeedsSender:
        return None


def trusted_includes(wanted: str) -> frozenset[str]:
    """The includes of the record that was asked for."""
    return frozenset(_passing(wanted))


def _passing(text: str) -> Iterable[str]:
    try:
        return passing_includes(parse_spf(text))
    except SpfSyntaxError:
        return ()
