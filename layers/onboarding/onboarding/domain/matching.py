"""Does one server's answer hold a record, or something that does the same job?

It knows of aliases and hands the rest to the rules for host names and for texts. None of them
knows of other servers, of other names or of the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from onboarding.domain.dnsnames import canonical
from onboarding.domain.judgement import MISSING, Judgement
from onboarding.domain.observation import Answer, Outcome
from onboarding.domain.problems import ProblemCode
from onboarding.domain.records import Purpose, Record
from onboarding.domain.targets import judge_alias, judge_mx
from onboarding.domain.texts import judge_text

_MAY_BE_ALIASED = frozenset({Purpose.DMARC, Purpose.DKIM})


def judge(
    record: Record, answer: Answer, zones: Iterable[str], resolved: Outcome | None = None
) -> Judgement | None:
    """Judge what `answer` says of `record`, or None if it cannot be told.

    `zones` are the names that a DNS host may have put behind a target. `resolved` is what the
    resolver found for the same question, if it was asked because an alias leads elsewhere: without
    that, what is at the alias's end cannot be told.
    """
    name = canonical(record.name)
    if record.type == "CNAME":
        targets = tuple(rr.text for rr in answer.at(name, "CNAME"))
        return judge_alias(record.value, targets, tuple(zones))
    target = answer.alias_of(name)
    if target is None:
        return _plain(record, answer, name, tuple(zones))
    if follows_aliases(record):
        return _at_the_end(record, answer, target, resolved)
    return _conflict(target)


def follows_aliases(record: Record) -> bool:
    """May the record stand at the end of an alias?

    A policy or a key does its job there, and many owners point `_dmarc` at a service's. So does
    SPF, but where it was asked for it is a MAIL FROM's, which needs an MX beside it (a CNAME
    allows nothing beside it, RFC 1034 §3.6.2).
    """
    return record.type == "TXT" and (record.purpose in _MAY_BE_ALIASED or not record.asked)


def leads_elsewhere(record: Record, answer: Answer) -> bool:
    """Does an alias lead to a name that this server says nothing about?

    A loop, or a chain too long to follow, leads nowhere and is no question for anybody else.
    """
    aliases = answer.aliases(canonical(record.name))
    if not aliases or not follows_aliases(record) or answer.alias_of(aliases[-1]) is not None:
        return False
    return not answer.at(aliases[-1], record.type)


def _conflict(target: str) -> Judgement:
    return Judgement(ProblemCode.CONFLICTING_CNAME, (f"CNAME {target}",))


def _at_the_end(
    record: Record, answer: Answer, target: str, resolved: Outcome | None
) -> Judgement | None:
    if leads_elsewhere(record, answer):
        if not isinstance(resolved, Answer):
            return None
        answer = resolved
    aliases = answer.aliases(canonical(record.name))
    judgement = _plain(record, answer, aliases[-1], ()) if aliases else MISSING
    if judgement.mistake is ProblemCode.WRONG_VALUE and not judgement.detail:
        judgement = replace(judgement, detail=aliases[-1])
    return _conflict(target) if judgement.is_missing else judgement


def _plain(record: Record, answer: Answer, name: str, zones: tuple[str, ...]) -> Judgement:
    found = answer.at(name, record.type)
    if record.type == "MX":
        return judge_mx(record.value, tuple(rr.text for rr in found), zones)
    return judge_text(record.purpose, record.value, found)
