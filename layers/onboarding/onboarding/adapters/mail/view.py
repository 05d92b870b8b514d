"""What the templates show of a letter: plain values, all of them safe to look at.

Whatever came from a ticket or from the network goes through ``cleaned``: what a reader could not
see, or what would turn a line around or begin a new one, is written as an escape. Markup is the
templates' business, which escape everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from onboarding.adapters.mail.headings import heading_of
from onboarding.domain.difference import Piece, difference, in_words
from onboarding.domain.dns_hosts import host_named
from onboarding.domain.entry import Entry, Field, entry
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.problems import ProblemCode, WarningCode, a_record
from onboarding.domain.publishing import Step, Task, steps
from onboarding.domain.records import Purpose, Record
from onboarding.domain.report import Report

WHY: Final = {
    Purpose.DKIM: (
        "Signature (DKIM)",
        "Mail providers look here for the key with which your e-mail is signed, and so know that "
        "it comes from you and was not changed on its way.",
    ),
    Purpose.MAIL_FROM_MX: (
        "Undeliverable e-mail (MAIL FROM)",
        "E-mail that cannot be delivered comes back by this entry, so that it can be counted.",
    ),
    Purpose.MAIL_FROM_SPF: (
        "Allowed servers (SPF)",
        "It tells mail providers which servers may send e-mail in the name of your domain.",
    ),
    Purpose.DMARC: (
        "What happens to forged e-mail (DMARC)",
        "It tells mail providers what to do with e-mail that claims to come from you and fails "
        "the checks.",
    ),
}
"""By purpose: a title that people understand, and in one sentence why the record is needed."""

_AT_A_NAME: Final = frozenset(
    {ProblemCode.DOUBLED_ZONE, ProblemCode.WRONG_PLACE, ProblemCode.UNDERSCORE_LOST}
)
"""What was found is a name: the record is somewhere else."""
_OF_ANOTHER_TYPE: Final = frozenset(
    {ProblemCode.WRONG_TYPE, ProblemCode.CNAME_FLATTENED, ProblemCode.CONFLICTING_CNAME}
)
"""What was found begins with a type."""
_NOT_COMPARED: Final = frozenset({ProblemCode.NAMESERVERS_DISAGREE, ProblemCode.MISSING})

_TOLD_BY_THE_ADVICE: Final = frozenset(
    {WarningCode.DMARC_PERCENT_IGNORED, WarningCode.DMARC_POLICY_NONE}
)

_LISTED_ONLY: Final = frozenset(
    {LetterKind.VERIFIED, LetterKind.DOCUMENT_REVOKED, LetterKind.RECOVERED, LetterKind.EXPIRED}
)
"""Kinds whose records are not to be added."""


class View:
    """One letter, its report read once."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.report = _read(letter.report)
        self.host = host_named(self.report.zone.dns_host) if self.report else None
        self.cut = (self.report.zone.cut if self.report else "") or letter.zone or ""
        self.steps = self._steps()
        self.heading = heading_of(letter, self.steps)

    def _steps(self) -> tuple[Step, ...]:
        """What is to be done about which record: about all of them in the letter that hands them
        out, later about those that are nowhere."""
        if self.letter.kind is LetterKind.RECORDS:
            return steps(self.letter.records, self.report)
        if self.letter.kind in _LISTED_ONLY:
            return ()
        return steps(self.letter.missing)

    @property
    def adds(self) -> bool:
        """Is there anything to be added?"""
        return any(step.task is Task.ADD for step in self.steps)

    def values(self) -> dict[str, Any]:
        """By the names that the templates use."""
        letter, tasks = self.letter, Task
        shown = {
            "kind": letter.kind.value,
            "domain": letter.domain,
            "ticket": letter.ticket.ticket_id,
            "subject": self.heading.subject,
            "mark": self.heading.mark,
            "mood": self.heading.mood,
            "page": letter.page,
            "stop": letter.stop,
            "link": letter.link,
            "mail_from": letter.mail_from,
            "expires": _day(letter.expires_at),
            "since": _moment(letter.since),
            "zone": self.cut,
            "host": self.host.name if self.host else "",
            "appends": self._appends(),
            "servers": self.report.zone.nameservers if self.report else (),
            "add": self._groups(tasks.ADD),
            "count": self._count(tasks.ADD),
            "change": [self._change(s) for s in self._with(tasks.CHANGE, tasks.REPLACE)],
            "there": [_named(step.record) for step in self._with(tasks.NOTHING)],
            "spreading": [_named(step.record) for step in self._with(tasks.WAIT)],
            "problems": [*map(_zone_problem, letter.zone_problems), *self._problems()],
            "beside": letter.beside,
            "records": [_named(record) for record in letter.records],
            "notes": letter.notes,
            "advice": self._advice(),
            "before": letter.nameservers_before,
            "now": letter.nameservers_now,
            "decision": letter.decision,
            "price": letter.price,
            "warnings": self._warnings(),
        }
        return {key: cleaned(value) for key, value in shown.items()}

    def _with(self, *wanted: Task) -> list[Step]:
        return [step for step in self.steps if step.task in wanted]

    def _count(self, task: Task) -> int:
        return len(self._with(task))

    def _appends(self) -> bool:
        """Does the host put the zone behind each name? (None known: most do.)"""
        return bool(self.cut) and (self.host is None or self.host.typed in ("relative", ""))

    def _groups(self, task: Task) -> list[dict[str, Any]]:
        """Records of one purpose together, so that its reason is given once."""
        numbered = list(enumerate(self._with(task), 1))
        made = []
        for purpose in dict.fromkeys(step.record.purpose for _, step in numbered):
            title, why = WHY[purpose]
            entries = [
                _entry(entry(step, self.cut, self.host), number)
                for number, step in numbered
                if step.record.purpose is purpose
            ]
            made.append({"title": title, "why": why, "entries": entries})
        return made

    def _change(self, step: Step) -> dict[str, Any]:
        title, why = WHY[step.record.purpose]
        now = step.old[0] if len(step.old) == 1 else ""
        compared = difference(now, step.value) if now and step.task is Task.CHANGE else None
        return {
            "title": title,
            "why": why,
            "replace": step.task is Task.REPLACE,
            "a_record": a_record(step.record.type),
            "old": [compared.found] if compared else [_plain(text) for text in step.old],
            "new": compared.expected if compared else _plain(step.value),
            "plain": step.value,
            "kept": step.value != step.record.value,
            "note": step.note,
            **_entry(entry(step, self.cut, self.host), 0),
        }

    def _problems(self) -> Iterable[dict[str, Any]]:
        merged = {_key(step.record): step for step in steps(self.letter.records, self.report)}
        for pair in self.letter.problems:
            yield _problem(pair["record"], pair["problem"], merged)

    def _warnings(self) -> list[str]:
        """Those that the way to a strict policy does not tell of already."""
        told = _TOLD_BY_THE_ADVICE if self.letter.dmarc is not None else frozenset()
        seen = self.report.warnings if self.report else ()
        return [warning.message for warning in seen if warning.code not in told]

    def _advice(self) -> dict[str, Any] | None:
        advice, letter = self.letter.dmarc, self.letter
        if advice is None:
            return None
        return {
            "stages": [
                {"day": f"{s.begins:%-d %B %Y}", "text": s.text, "then": s.move_on}
                for s in advice.stages
            ],
            "note": advice.note,
            "asks_a_share": "pct=" in advice.asked,
            "name": f"_dmarc.{letter.domain}",
            "unauthorised": letter.unauthorised,
        }


def _read(report: Mapping[str, Any] | None) -> Report | None:
    """One that another version has written, and that cannot be read, costs the letter the words of
    the DNS host, and not its sending."""
    if report is None:
        return None
    try:
        return Report.from_json(report)
    except (LookupError, ValueError, TypeError):
        return None


def _key(record: Record) -> tuple[str, str, str]:
    return record.type, record.name, record.value


def _entry(made: Entry, number: int) -> dict[str, Any]:
    """The name and the value, which are long, apart from the fields that are a word each."""
    kind, name, value, *rest = made.fields
    return {
        "number": number,
        "type": made.step.record.type,
        "full": made.step.record.name,
        "name": _field(name),
        "value": _field(value),
        "short": [_field(field) for field in (kind, *rest)],
    }


def _field(field: Field) -> dict[str, str]:
    return {"label": field.label, "typed": field.typed, "otherwise": field.otherwise}


def _named(record: Record) -> dict[str, str]:
    return {"type": record.type, "name": record.name}


def _plain(text: str) -> tuple[Piece, ...]:
    return (Piece(text, differs=False),)


def _zone_problem(problem: Mapping[str, Any]) -> dict[str, Any]:
    """There is nothing to compare: it is about the zone, not about a record."""
    return {
        "about": "",
        "what": problem["message"],
        "cure": problem["fix"],
        "why": "",
        "found": [],
        "expected": (),
        "differs": "",
        "place": False,
        "merged": False,
    }


def _problem(
    record: Mapping[str, Any], problem: Mapping[str, Any], merged: Mapping[Any, Step]
) -> dict[str, Any]:
    code = _code(problem)
    step = merged.get((record["type"], record["name"], record["expected"]))
    wanted = _expected(record, code, step)
    found = _found(record, problem, code)
    compared = (
        difference(found[0], wanted) if len(found) == 1 and code not in _NOT_COMPARED else None
    )
    purpose = record.get("purpose")
    return {
        "about": f"{record['type']} {record['name']}",
        "what": problem["message"],
        "cure": problem["fix"],
        "why": WHY[Purpose(purpose)][1] if purpose else "",
        "found": [compared.found] if compared else [_plain(text) for text in found],
        "expected": compared.expected if compared else _plain(wanted),
        "differs": in_words(compared) if compared else "",
        "place": code in _AT_A_NAME,
        "merged": step is not None
        and wanted not in (record["expected"], record["name"])
        and code not in _OF_ANOTHER_TYPE,
    }


def _code(problem: Mapping[str, Any]) -> str:
    return str(problem["code"])


def _expected(record: Mapping[str, Any], code: str, step: Step | None) -> str:
    """In the terms in which the problem says what it found."""
    if code in _AT_A_NAME:
        return str(record["name"])
    if code in _OF_ANOTHER_TYPE:
        return f"{record['type']} {record['expected']}"
    if step is not None and step.task is Task.CHANGE and step.value:
        return step.value
    return str(record["expected"])


def _found(record: Mapping[str, Any], problem: Mapping[str, Any], code: str) -> list[str]:
    told = [str(problem["found"])] if problem["found"] else []
    if code in _AT_A_NAME or code in _OF_ANOTHER_TYPE or code in _NOT_COMPARED:
        return told
    return [str(text) for text in record.get("found") or told]


def cleaned(value: Any) -> Any:
    """The same, every text in it printable: controls, invisible characters, and those that change
    the direction of writing, as escapes."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)
    if isinstance(value, Piece):
        return Piece(cleaned(value.text), value.differs)
    if isinstance(value, Mapping):
        return {key: cleaned(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [cleaned(inner) for inner in value]
    return value


def _day(moment: datetime | None) -> str:
    return f"{moment:%-d %B %Y}" if moment else ""


def _moment(moment: datetime | None) -> str:
    return f"{moment:%-d %B %Y, %H:%M} UTC" if moment else ""
