"""Does one server's answer hold a record, or something that does the same job?

One small function for each kind of record. None of them knows of other servers, of other names
or of the report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from onboarding.domain.dmarc import DmarcSyntaxError, is_dmarc, parse_dmarc
from onboarding.domain.dnsnames import appended, canonical
from onboarding.domain.observation import Answer, Failure, Outcome
from onboarding.domain.problems import ProblemCode
from onboarding.domain.records import Purpose, Record
from onboarding.domain.spf import SpfSyntaxError, includes, is_spf, parse_spf


@dataclass(frozen=True, slots=True)
class Judgement:
    """`mistake` is None when the record is there. `seen` is what stands in its place: values
    of the right type, or `TYPE value` where the type is wrong."""

    mistake: ProblemCode | None
    seen: tuple[str, ...] = ()

    @property
    def is_found(self) -> bool:
        return self.mistake is None

    @property
    def is_missing(self) -> bool:
        return self.mistake is ProblemCode.MISSING


_MISSING = Judgement(ProblemCode.MISSING)


def judge(
    record: Record, answer: Answer, zones: Iterable[str], resolved: Outcome | None = None
) -> Judgement | None:
    """Judge what `answer` says of `record`, or None if it cannot be told.

    `zones` are the names that a DNS host may have put behind a target. `resolved` is what the
    resolver found for the same question, if it was asked because an alias leads elsewhere.
    """
    name = canonical(record.name)
    if record.type == "CNAME":
        return _cname(record, answer, tuple(zones))
    target = answer.alias_of(name)
    if target is None:
        return _plain(record, answer, name, tuple(zones))
    if follows_aliases(record):
        return _aliased(record, answer, resolved)
    return Judgement(ProblemCode.WRONG_TYPE, (f"CNAME {target}",))


def follows_aliases(record: Record) -> bool:
    """May the record stand at the end of an alias?

    A policy record does its job there, and many owners point `_dmarc` at a service's. At a
    MAIL FROM name a CNAME would hide the MX and the TXT from each other.
    """
    return record.purpose is Purpose.DMARC and record.type == "TXT"


def leads_elsewhere(record: Record, answer: Answer) -> bool:
    """Does an alias lead to a name that this server says nothing about?"""
    aliases = answer.aliases(canonical(record.name))
    return follows_aliases(record) and bool(aliases) and not answer.at(aliases[-1], record.type)


def _aliased(record: Record, answer: Answer, resolved: Outcome | None) -> Judgement | None:
    if leads_elsewhere(record, answer):
        if isinstance(resolved, Failure):
            return None
        answer = resolved or answer
    aliases = answer.aliases(canonical(record.name))
    judgement = _plain(record, answer, aliases[-1], ()) if aliases else _MISSING
    if judgement.is_missing:
        return Judgement(ProblemCode.WRONG_TYPE, tuple(f"CNAME {name}" for name in aliases[:1]))
    return judgement


def _cname(record: Record, answer: Answer, zones: tuple[str, ...]) -> Judgement:
    found = answer.at(canonical(record.name), "CNAME")
    return _hosts(record.value, tuple(canonical(rr.text) for rr in found), zones)


def _plain(record: Record, answer: Answer, name: str, zones: tuple[str, ...]) -> Judgement:
    texts = tuple(rr.text for rr in answer.at(name, record.type))
    if record.type == "MX":
        return _mx(record.value, texts, zones)
    return _TEXT_RULES.get(record.purpose, _same_text)(record.value, texts)


def _mx(wanted: str, found: tuple[str, ...], zones: tuple[str, ...]) -> Judgement:
    """SES asks for exactly one MX at the name; its preference then decides nothing."""
    judgement = _hosts(_host(wanted), tuple(_host(text) for text in found), zones)
    return Judgement(judgement.mistake, found)


def _hosts(wanted: str, found: tuple[str, ...], zones: tuple[str, ...]) -> Judgement:
    wanted = canonical(wanted)
    if not found:
        return _MISSING
    if found == (wanted,):
        return Judgement(None, found)
    if set(found) <= {appended(wanted, zone) for zone in zones}:
        return Judgement(ProblemCode.TARGET_DOUBLED_ZONE, found)
    return Judgement(ProblemCode.WRONG_VALUE, found)


def _host(mx: str) -> str:
    return canonical(mx.strip().rpartition(" ")[2])


def _spf(wanted: str, found: tuple[str, ...]) -> Judgement:
    return _only_one(wanted, found, is_spf, "spf1", _spf_does_the_job)


def _spf_does_the_job(wanted: str, found: str) -> bool:
    try:
        needed, given = includes(parse_spf(wanted)), includes(parse_spf(found))
    except SpfSyntaxError:
        return False
    return set(needed) <= set(given) if needed else _squeezed(wanted) == _squeezed(found)


def _dmarc(wanted: str, found: tuple[str, ...]) -> Judgement:
    return _only_one(wanted, found, is_dmarc, "dmarc", _dmarc_does_the_job)


def _dmarc_does_the_job(wanted: str, found: str) -> bool:
    try:
        return parse_dmarc(found).strength >= parse_dmarc(wanted).strength
    except DmarcSyntaxError:
        return False


def _only_one(
    wanted: str,
    found: tuple[str, ...],
    is_kind: Callable[[str], bool],
    mark: str,
    does_the_job: Callable[[str, str], bool],
) -> Judgement:
    """Exactly one text of the kind may stand at a name; texts without its mark do not count."""
    attempts = tuple(text for text in found if is_kind(text) or mark in text.lower())
    valid = [text for text in attempts if is_kind(text)]
    if not attempts:
        return _MISSING
    if len(valid) == 1 and does_the_job(wanted, valid[0]):
        return Judgement(None, attempts)
    return Judgement(ProblemCode.WRONG_VALUE, attempts)


def _same_text(wanted: str, found: tuple[str, ...]) -> Judgement:
    if not found:
        return _MISSING
    same = _squeezed(wanted) in {_squeezed(text) for text in found}
    return Judgement(None if same else ProblemCode.WRONG_VALUE, found)


def _squeezed(text: str) -> str:
    return "".join(text.split())


_TEXT_RULES: dict[Purpose, Callable[[str, tuple[str, ...]], Judgement]] = {
    Purpose.MAIL_FROM_SPF: _spf,
    Purpose.DMARC: _dmarc,
}
