"""``xes check``, the DNS doctor: says of every record whether it is there and what is wrong."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.adapters.names import PublicNameRules
from onboarding.domain.audit import audit_records
from onboarding.domain.check import Report, Verdict, diagnose
from onboarding.domain.dnsnames import canonical
from onboarding.domain.names import parse_sending_domain
from onboarding.domain.records import Record
from onboarding.domain.refusal import Refused
from xes.check_list import Tally, check_list
from xes.endpoints import endpoint
from xes.expected import Unreadable, records_in
from xes.output import Exit, err, out, print_json, print_json_line, stop
from xes.report_text import as_text
from xes.stack import StackNotFound, connect

PACE = 1000.0
"""Queries a second: a few dozen domains, which no resolver minds."""

EXIT_OF = {
    Verdict.READY: Exit.DONE,
    Verdict.WAITING: Exit.NO,
    Verdict.WRONG: Exit.NO,
    Verdict.UNKNOWN: Exit.UNKNOWN,
}


def check(
    domain: Annotated[str | None, typer.Argument(help="The sending domain.")] = None,
    expect: Annotated[
        Path | None,
        typer.Option(help="What `xes records --format json` printed.", exists=True, dir_okay=False),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Check every domain of a file (- is standard input), one a line, and print "
            "one line of JSON for each.",
            metavar="FILE|-",
        ),
    ] = None,
    pace: Annotated[
        float,
        typer.Option(
            help="With --from: the most queries a second, for all domains.",
            min=DnsConfig().least_pace,
        ),
    ] = PACE,
    selector: Annotated[
        list[str] | None,
        typer.Option(help="A DKIM selector to look at in an audit; may be given again."),
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
    watch: Annotated[bool, typer.Option("--watch", help="Ask again until all is ready.")] = False,
    every: Annotated[float, typer.Option(help="Seconds between looks of --watch.", min=0.1)] = 30,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Ask every name server of the domain's zone for the records, and say what is wrong.

    With --expect nothing but DNS is needed. Without it the records come from the deployed stack;
    where there is none, or with --selector, any DMARC, SPF and DKIM that works is looked for.

    Exit codes: 0 every record is found, 1 not all are, 3 it could not be found out.

    Example: xes check news.example.com --expect records.json
    """
    rules = PublicNameRules()
    config = DnsConfig(
        resolver=None if resolver is None else endpoint(resolver, 53),
        port=dns_port,
        nameservers=tuple(endpoint(text, dns_port) for text in nameserver or ()),
        pace=None if from_ is None else pace,
    )
    observer = NetworkDns(config, is_registry=lambda n: rules.public_suffix(n) == n)
    if from_ is not None:
        if domain is not None or expect is not None or watch:
            stop(Exit.WRONG_USE, "--from goes without a domain, --expect and --watch.")
        raise typer.Exit(_exit_of(_check_file(from_, observer, selector or [])))
    if domain is None:
        stop(Exit.WRONG_USE, "Name a domain, or a file of domains with --from.")
    try:
        name = parse_sending_domain(domain, rules)
    except Refused as refused:
        stop(Exit.WRONG_USE, refused.message)
    records = wanted_records(name, expect, selector or [], stack)

    def look() -> Report:
        return diagnose(name, records, observer.observe(name, records), datetime.now(UTC))

    report = look()
    _print(report, json=json, lines=watch)
    if watch:
        report = watched(report, look, every, json=json)
    raise typer.Exit(EXIT_OF[report.verdict])


def _print(report: Report, *, json: bool, lines: bool = False) -> None:
    if json and lines:
        print_json_line(report.as_json())
    elif json:
        print_json(report.as_json())
    else:
        out.print(as_text(report))


def watched(report: Report, look: Callable[[], Report], every: float, *, json: bool) -> Report:
    """Look again until all is ready, and print what has changed. Ctrl-C ends it."""
    try:
        while report.verdict is not Verdict.READY:
            time.sleep(every)
            before, report = report, look()
            if (report.records, report.zone) != (before.records, before.zone):
                _print(report, json=json, lines=True)
    except KeyboardInterrupt:
        err.print("Ended before all was ready.")
    return report


def _check_file(path: str, observer: NetworkDns, selectors: list[str]) -> Tally:
    try:
        if path == "-":
            tally = check_list(sys.stdin, observer, selectors)
        else:
            with Path(path).open(encoding="utf-8") as lines:
                tally = check_list(lines, observer, selectors)
    except BrokenPipeError:
        raise  # of the output, whose reader has seen enough: typer ends quietly
    except (OSError, UnicodeDecodeError) as error:
        stop(Exit.WRONG_USE, f"{path} cannot be read: {error}")
    err.print(str(tally), markup=False)
    return tally


def _exit_of(tally: Tally) -> Exit:
    if tally.refused:
        return Exit.WRONG_USE
    if tally.verdicts[Verdict.WRONG] or tally.verdicts[Verdict.WAITING]:
        return Exit.NO
    return Exit.UNKNOWN if tally.verdicts[Verdict.UNKNOWN] else Exit.DONE


def wanted_records(
    domain: str, expect: Path | None, selectors: list[str], stack: str | None
) -> tuple[Record, ...]:
    """What to look for: what the file says, else what the stack holds, else whatever works."""
    if expect is not None:
        return _from_file(domain, expect)
    held = () if selectors else _from_stack(domain, stack)
    return held or audit_records(domain, selectors)


def _from_file(domain: str, path: Path) -> tuple[Record, ...]:
    try:
        about, records = records_in(path.read_text(encoding="utf-8"))
    except (Unreadable, UnicodeDecodeError) as error:
        stop(Exit.WRONG_USE, f"{path}: {error}")
    if about and canonical(about) != domain:
        stop(Exit.WRONG_USE, f"{path} is about {about}, not about {domain}.")
    return records


def _from_stack(domain: str, stack: str | None) -> tuple[Record, ...]:
    """What the stack holds of the domain; nothing where no stack was named and none is there."""
    try:
        found = connect(stack).app.store.domain(domain)
    except StackNotFound as error:
        if stack is not None:
            stop(Exit.UNKNOWN, f"{error} Or give the records with --expect.")
        err.print("No deployed stack is there to give the records: any that work are looked for.")
        return ()
    except (BotoCoreError, ClientError) as error:
        if stack is not None:
            told = f"AWS did not give the records that stack {stack} holds: {error}"
            stop(Exit.UNKNOWN, f"{told.rstrip('.')}. Or give them with --expect.")
        err.print(
            f"AWS does not say what a deployed stack holds ({error}): any records that work are "
            "looked for.",
            markup=False,
        )
        return ()
    if found is None or not found.records:
        if stack is not None:
            stop(Exit.NO, f"{domain} has no records in this stack. Give them with --expect.")
        return ()
    return found.records
