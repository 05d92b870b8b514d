"""A report for people: a table of the records, and under each problem its cure."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from onboarding.domain.compliance import compliance_of
from onboarding.domain.policy_cover import covering_text
from onboarding.domain.problems import Problem
from onboarding.domain.report import RecordReport, Report, Status, Verdict, ZoneReport
from xes.compliance_text import in_brief
from xes.difference import marked

COLOUR = {
    Status.FOUND: "green",
    Status.PROPAGATING: "yellow",
    Status.MISSING: "yellow",
    Status.WRONG: "red",
    Status.UNKNOWN: "magenta",
}
_VERDICT = {
    Verdict.READY: ("green", "ready: every record is there"),
    Verdict.WAITING: ("yellow", "waiting: something is not there yet"),
    Verdict.WRONG: ("red", "wrong: something has to be corrected"),
    Verdict.UNKNOWN: ("magenta", "unknown: it could not be found out; ask again later"),
}


def as_text(report: Report) -> RenderableType:
    """All of a report."""
    colour, words = _VERDICT[report.verdict]
    parts: list[RenderableType] = [_heading(report), _table(report)]
    parts += [part for record in report.records for part in _explained(record)]
    parts += [part for problem in report.zone.problems for part in _of_zone(report, problem)]
    parts += [Text.assemble(("! ", "yellow"), w.message) for w in report.warnings]
    parts.append(in_brief(compliance_of(report)))
    return Group(*parts, Text(f"\n{words}", style=f"bold {colour}"))


def _heading(report: Report) -> Text:
    zone = report.zone
    if not zone.cut:
        return Text(report.domain, style="bold")
    return Text.assemble((report.domain, "bold"), f" lies in the zone {zone.cut}\n", _servers(zone))


def _servers(zone: ZoneReport) -> str:
    servers = f"name servers: {', '.join(zone.nameservers)}"
    if zone.dns_host:
        return f"{servers}\nDNS host: {zone.dns_host} (by {zone.evidence})"
    return f"{servers}\nDNS host: {zone.evidence}" if zone.evidence else servers


def _table(report: Report) -> Table:
    table = Table("Status", "For", "Type", "Name", box=None, pad_edge=False)
    for record in report.records:
        status = Text(record.status, style=COLOUR[record.status])
        table.add_row(status, record.purpose, record.type, Text(record.name, overflow="fold"))
    return table


def _explained(record: RecordReport) -> list[RenderableType]:
    if not record.problems:
        return _inherited(record)
    parts: list[RenderableType] = [Text(f"\n{record.type} {record.name}", style="bold")]
    if not record.asked:
        parts += [_indented(Text(f"found     {text}")) for text in record.found]
        return [*parts, *(_cure(problem) for problem in record.problems)]
    if record.found and record.status is Status.WRONG:
        pairs = [marked(text, record.expected) for text in record.found]
        parts += [_indented(Text.assemble("found     ", found)) for found, _ in pairs]
        expected = pairs[0][1]
    else:
        expected = Text(record.expected)
    parts.append(_indented(Text.assemble("expected  ", expected)))
    return [*parts, *(_cure(problem) for problem in record.problems)]


def _inherited(record: RecordReport) -> list[RenderableType]:
    """A policy further up, which nobody would find at the record's own name."""
    shown = [text for text in record.found if covering_text(text)]
    if not shown:
        return []
    name = Text(f"\n{record.type} {record.name}", style="bold")
    return [name, *(_indented(Text(f"covered by  {text}")) for text in shown)]


def _of_zone(report: Report, problem: Problem) -> list[RenderableType]:
    return [Text(f"\n{report.zone.cut or report.domain}", style="bold"), _cure(problem)]


def _cure(problem: Problem) -> RenderableType:
    return _indented(
        Text.assemble(
            (problem.code, "red"), f": {problem.message}\n", ("What to do: ", "bold"), problem.fix
        )
    )


def _indented(text: Text) -> Text:
    """Without a box around it: that would cut long lines where the output is no terminal."""
    return Text("\n").join(Text.assemble("  ", line) for line in text.split("\n"))
