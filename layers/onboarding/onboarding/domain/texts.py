"""Judges texts: SPF, DMARC and DKIM keys in TXT records.

Each kind has a test of whether a text does the job that was asked for, and a rule of what to
call one that does not. What stands at the name beside it does not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onboarding.domain.damage import damage_to
from onboarding.domain.dkim_key import is_key, same_key
from onboarding.domain.dmarc import DmarcSyntaxError, is_dmarc, parse_dmarc
from onboarding.domain.judgement import MISSING, Judgement
from onboarding.domain.problems import ProblemCode
from onboarding.domain.records import Purpose
from onboarding.domain.spf import SpfSyntaxError, is_spf, parse_spf, passing_includes

if TYPE_CHECKING:
    from onboarding.domain.observation import ResourceRecord

_BARE_SPF = "v=spf1"
"""Asks for any SPF record that receivers can use."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of text: what marks an attempt at it, and what to say of it.

    `works(wanted, text)`: does it do the job? `fault(text)`: the code of a text that is marked
    as of this kind but does not, with a detail. `several`: the code of more than one.
    """

    marks: re.Pattern[str]
    is_kind: Callable[[str], bool]
    works: Callable[[str, str], bool]
    fault: Callable[[str], tuple[ProblemCode, str]]
    several: ProblemCode


def judge_text(purpose: Purpose, wanted: str, found: Sequence[ResourceRecord]) -> Judgement:
    """Judge the TXT records at a name."""
    kind = _KINDS.get(purpose)
    if kind is None:
        return _any_text(wanted, found)
    attempts = [rr for rr in found if kind.is_kind(rr.text) or _is_marked(rr.text, kind.marks)]
    seen = tuple(rr.text for rr in attempts)
    if not attempts:
        return MISSING
    valid = [rr for rr in attempts if kind.is_kind(rr.text)]
    if len(valid) > 1:
        return Judgement(kind.several, seen)
    only = (valid or attempts)[0]
    if valid and kind.works(wanted, only.text):
        return Judgement(None, seen)
    damage = damage_to(
        only.text, only.strings, lambda text: kind.is_kind(text) and kind.works(wanted, text)
    )
    mistake, detail = (damage, "") if damage else kind.fault(only.text)
    return Judgement(mistake, seen, detail)


def _is_marked(text: str, marks: re.Pattern[str]) -> bool:
    bare = "".join(char for char in text.lower() if char.isalnum() and char.isascii())
    return marks.search(bare) is not None


def _any_text(wanted: str, found: Sequence[ResourceRecord]) -> Judgement:
    seen = tuple(rr.text for rr in found)
    if not found:
        return MISSING
    same = squeezed(wanted) in {squeezed(text) for text in seen}
    return Judgement(None if same else ProblemCode.WRONG_VALUE, seen)


def squeezed(text: str) -> str:
    """`text` without any white space."""
    return "".join(text.split())


def _spf_works(wanted: str, found: str) -> bool:
    try:
        needed, given = parse_spf(wanted), parse_spf(found)
    except SpfSyntaxError:
        return False
    includes = set(passing_includes(needed))
    if includes or wanted.strip().lower() == _BARE_SPF:
        return includes <= set(passing_includes(given))
    return squeezed(wanted).lower() == squeezed(found).lower()


def _spf_fault(text: str) -> tuple[ProblemCode, str]:
    try:
        parse_spf(text)
    except SpfSyntaxError as error:
        return ProblemCode.SPF_SYNTAX, str(error)
    return ProblemCode.SPF_MISSING_INCLUDE, ""


def _dmarc_works(wanted: str, found: str) -> bool:
    try:
        given = parse_dmarc(found)
        return not given.lacks and given.strength >= parse_dmarc(wanted).strength
    except DmarcSyntaxError:
        return False


def _dmarc_fault(text: str) -> tuple[ProblemCode, str]:
    try:
        read = parse_dmarc(text)
    except DmarcSyntaxError as error:
        return ProblemCode.DMARC_SYNTAX, str(error)
    if read.lacks:
        return ProblemCode.DMARC_SYNTAX, read.lacks
    return ProblemCode.WRONG_VALUE, ""


_KINDS = {
    Purpose.MAIL_FROM_SPF: _Kind(
        re.compile("vspf|spf1(?![0-9])"), is_spf, _spf_works, _spf_fault, ProblemCode.MULTIPLE_SPF
    ),
    Purpose.DMARC: _Kind(
        re.compile("vdmarc|dmarc1(?![0-9])"),
        is_dmarc,
        _dmarc_works,
        _dmarc_fault,
        ProblemCode.MULTIPLE_DMARC,
    ),
    Purpose.DKIM: _Kind(
        re.compile("dkim1(?![0-9])"),
        is_key,
        same_key,
        lambda text: (ProblemCode.WRONG_VALUE, ""),
        ProblemCode.WRONG_VALUE,
    ),
}
