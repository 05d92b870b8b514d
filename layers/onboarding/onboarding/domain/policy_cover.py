"""Is a domain without a DMARC record of its own covered by one further up?"""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.domain.dmarc import Dmarc, DmarcSyntaxError, parse_dmarc
from onboarding.domain.dmarc_walk import Step, covering, policy_name, read_only_one, walk
from onboarding.domain.observation import Answer, Failure, Observation, Outcome, Question


@dataclass(frozen=True, slots=True)
class Cover:
    """A record further up, at `name`, that speaks for the domain; `policy` is what it asks for
    there, and `text` is how it is shown."""

    text: str
    policy: Dmarc
    name: str


_AT = " (at "


def covering_text(shown: str) -> str:
    """The record itself, of a `Cover.text`; empty for what is no cover's."""
    text, at, _ = shown.rpartition(_AT)
    return text if at and shown.endswith(")") else ""


def walk_questions(domain: str) -> tuple[Question, ...]:
    """What to ask where the domain has no record of its own."""
    return tuple(Question(policy_name(name), "TXT") for name in walk(domain))


def cover_of(domain: str, observed: Observation) -> Cover | Failure | None:
    """The record that covers `domain` as far as was looked up; a Failure if that could not be
    found out. None where a record at its own name, be it a wildcard's, speaks for it."""
    if _speaks_for_itself(domain, observed):
        return None
    steps: list[Step] = []
    texts: dict[str, str] = {}
    for name in walk(domain):
        seen = _seen(Question(policy_name(name), "TXT"), observed)
        if isinstance(seen, Failure) and "." in name:
            return seen
        if isinstance(seen, Failure):
            # A registry's policy is a fallback that hardly any has: not worth a doubt.
            continue
        policies = [read_only_one(each) for each in seen]
        record = None if None in policies else _weakest(policies)
        steps.append((name, record))
        texts[name] = next((text for each in seen for text in each if "v=" in text.lower()), "")
    name, record = covering(domain, steps) or ("", None)
    if record is None:
        return None
    at = policy_name(name)
    return Cover(f"{texts[name]}{_AT}{at})", record.for_subdomains, at)


def _speaks_for_itself(domain: str, observed: Observation) -> bool:
    seen = _seen(Question(policy_name(domain), "TXT"), observed)
    return not isinstance(seen, Failure) and any(read_only_one(texts) for texts in seen)


def does_the_job(cover: Cover, wanted: str) -> bool:
    """Is what the domain inherits at least as strict as the record that was asked for?"""
    try:
        enough = cover.policy.strength >= parse_dmarc(wanted).strength
        return enough and not cover.policy.lacks
    except DmarcSyntaxError:
        return False


def _weakest(policies: list[Dmarc | None]) -> Dmarc | None:
    """Servers may disagree; what counts is what all of them say."""
    known = [policy for policy in policies if policy is not None]
    return min(known, key=lambda policy: policy.for_subdomains.strength, default=None)


def _seen(question: Question, observed: Observation) -> list[list[str]] | Failure:
    """The texts at the name by each server that answered, or by the resolver where the name is
    not in the zone or an alias leads out of it."""
    resolved = next((lo.outcome for lo in observed.resolved if lo.question == question), None)
    answers = [answer for _, answer in observed.answers(question)]
    outcomes: list[Outcome | None] = [
        resolved if leads_out(answer, question) else answer for answer in answers
    ] or [resolved]
    failures = [lookup.outcome for lookup in observed.of(question)] if not answers else []
    for outcome in (*outcomes, *failures):
        if isinstance(outcome, Failure):
            return outcome
    if None in outcomes:
        # Nobody was asked, which is no better than nobody's answering.
        return Failure.UNREACHABLE
    return [_texts(outcome, question) for outcome in outcomes if isinstance(outcome, Answer)]


def leads_out(answer: Answer, question: Question) -> bool:
    """Does an alias lead to where this server knows nothing?"""
    aliases = answer.aliases(question.name)
    return bool(aliases) and not answer.at(aliases[-1], question.type)


def _texts(answer: Answer, question: Question) -> list[str]:
    end = (question.name, *answer.aliases(question.name))[-1]
    return [record.text for record in answer.at(end, question.type)]
