"""``xes check``, the DNS doctor: says of every record whether it is there and what is wrong."""

import json as jsonlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.adapters.names import PublicNameRules
from onboarding.domain.check import Report, Status, Verdict, diagnose
from onboarding.domain.names import parse_sending_domain
from onboarding.domain.problems import Problem
from onboarding.domain.records import Purpose, Record
from onboarding.domain.refusal import Refused
from xes.output import Exit, out, print_json, stop
from xes.stack import StackNotFound, connect

EXIT_OF = {
    Verdict.READY: Exit.DONE,
    Verdict.WAITING: Exit.NO,
    Verdict.WRONG: Exit.NO,
    Verdict.UNKNOWN: Exit.UNKNOWN,
}
COLOUR = {
    Status.FOUND: "green",
    Status.PROPAGATING: "yellow",
    Status.MISSING: "yellow",
    Status.WRONG: "red",
    Status.UNKNOWN: "magenta",
}


def check(
    domain: Annotated[str, typer.Argument(help="The sending domain.")],
    expect: Annotated[
        Path | None,
        typer.Option(help="What `xes records --format json` printed.", exists=True, dir_okay=False),
    ] = None,
    resolver: Annotated[
        str | None, typer.Option(help="The resolver to ask.", metavar="HOST[:PORT]")
    ] = None,
    nameserver: Annotated[
        list[str] | None,
        typer.Option(
            help="Ask this as the zone's authoritative server; may be given again.",
            metavar="HOST[:PORT]",
        ),
    ] = None,
    dns_port: Annotated[
        int, typer.Option(help="The port of the authoritative servers.", min=1, max=65535)
    ] = 53,
    stack: Annotated[
        str | None, typer.Option(help="The deployed stack that holds the records.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Ask every name server of the domain's zone for the records, and say what is wrong.

    With --expect nothing but DNS is needed; without it, the records come from the deployed stack.

    Exit codes: 0 every record is found, 1 not all are, 3 it could not be found out.

    Example: xes check news.example.com --expect records.json
    """
    rules = PublicNameRules()
    try:
        name = parse_sending_domain(domain, rules)
    except Refused as refused:
        stop(Exit.WRONG_USE, refused.message)
    config = DnsConfig(
        resolver=None if resolver is None else _endpoint(resolver, 53),
        port=dns_port,
        nameservers=tuple(_endpoint(text, dns_port) for text in nameserver or ()),
    )
    records = _from_stack(name, stack) if expect is None else _from_file(name, expect)
    observer = NetworkDns(config, is_registry=lambda n: rules.public_suffix(n) == n)
    report = diagnose(name, records, observer.observe(name, records), datetime.now(UTC))
    if json:
        print_json(report.as_json())
    else:
        print_report(report)
    raise typer.Exit(EXIT_OF[report.verdict])


def _endpoint(text: str, default_port: int) -> tuple[str, int]:
    """``host``, ``host:port``, ``[v6]`` or ``[v6]:port``."""
    host, port = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        stop(Exit.WRONG_USE, f"{text} is not HOST or HOST:PORT.")
    return host, int(port) if port else default_port


def _from_file(domain: str, path: Path) -> tuple[Record, ...]:
    try:
        data = jsonlib.loads(path.read_text())
        records = tuple(
            Record(Purpose(r["purpose"]), r["type"], r["name"], r["value"], int(r.get("ttl", 3600)))
            for r in data["records"]
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        stop(
            Exit.WRONG_USE,
            f"{path} is not what `xes records --format json` prints: {error!r}",
        )
    if not records:
        stop(Exit.WRONG_USE, f"{path} has no records to look for.")
    if data.get("domain", domain) != domain:
        stop(Exit.WRONG_USE, f"{path} is about {data['domain']}, not about {domain}.")
    return records


def _from_stack(domain: str, stack: str | None) -> tuple[Record, ...]:
    try:
        found = connect(stack).app.store.domain(domain)
    except StackNotFound as error:
        stop(Exit.UNKNOWN, f"{error} Or give the records with --expect.")
    if found is None or not found.records:
        stop(Exit.NO, f"{domain} has no records in this stack. Give them with --expect.")
    return found.records


def print_report(report: Report) -> None:
    """For people: each record with its status, and the cure under each problem."""
    zone = report.zone
    if zone.cut:
        out.print(f"{report.domain} lies in the zone {zone.cut}: {', '.join(zone.nameservers)}")
    table = Table("Record", "Status", box=None, pad_edge=False)
    for record in report.records:
        colour = COLOUR[record.status]
        table.add_row(f"{record.type} {record.name}", f"[{colour}]{record.status}[/]")
    out.print(table)
    for record in report.records:
        for problem in record.problems:
            out.print(f"\n{record.type} {record.name}", style="bold", markup=False)
            out.print(f"  expected  {record.expected}", markup=False)
            _print_problem(problem)
    for problem in zone.problems:
        out.print("\nThe zone", style="bold")
        _print_problem(problem)
    out.print(f"\n[bold]{report.verdict.value}[/]")


def _print_problem(problem: Problem) -> None:
    if problem.found:
        out.print(f"  found     {problem.found}", markup=False)
    out.print(f"  {problem.code}: {problem.message}\n  {problem.fix}", markup=False)
