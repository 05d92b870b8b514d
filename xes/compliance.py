"""``xes compliance``: what of DKIM, SPF and DMARC stands, and for whom it is enough."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from onboarding.adapters.dns import DnsConfig, NetworkDns
from onboarding.adapters.names import PublicNameRules
from onboarding.domain.audit import audit_records
from onboarding.domain.check import diagnose
from onboarding.domain.compliance import Compliance, compliance, compliance_of_stored
from onboarding.domain.names import parse_sending_domain
from onboarding.domain.onboarding import SendingDomain
from onboarding.domain.records import Purpose, Record
from onboarding.domain.refusal import Refused
from onboarding.domain.sender_rules import Verdict
from xes.check import wanted_records
from xes.compliance_text import in_full
from xes.endpoints import endpoint
from xes.output import Exit, out, print_json, stop
from xes.stack import StackNotFound, connect

EXIT_OF = {
    Verdict.FIT: Exit.DONE,
    Verdict.UNFIT: Exit.NO,
    Verdict.UNKNOWN: Exit.UNKNOWN,
}


def show_compliance(
    domain: Annotated[str, typer.Argument(help="The sending domain.")],
    expect: Annotated[
        Path | None,
        typer.Option(help="What `xes records --format json` printed.", exists=True, dir_okay=False),
    ] = None,
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
        str | None, typer.Option(help="The deployed stack that holds the domain.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Say what of DKIM, SPF and DMARC stands, and whether that is enough for XES, Gmail, Yahoo
    and Microsoft.

    A domain that a deployed stack holds is judged by its last check there. Any other one, and
    every one with --expect, --selector, --resolver or --nameserver, is looked up in the DNS as
    `xes check` does.

    Exit codes: 0 all that is mandatory is there, 1 it is not, 3 it could not be found out.

    Example: xes compliance news.example.com --expect records.json
    """
    rules = PublicNameRules()
    try:
        name = parse_sending_domain(domain, rules)
    except Refused as refused:
        stop(Exit.WRONG_USE, refused.message)
    config = DnsConfig(
        resolver=None if resolver is None else endpoint(resolver, 53),
        port=dns_port,
        nameservers=tuple(endpoint(text, dns_port) for text in nameserver or ()),
    )
    looks = bool(expect or selector or resolver or nameserver)
    try:
        stored = None if looks else _stored(name, stack)
        if stored is not None:
            found = compliance_of_stored(stored)
        else:
            wanted = wanted_records(name, expect, selector or [], stack)
            found = _looked_up(name, _with_dmarc(name, wanted), config, rules)
    except (BotoCoreError, ClientError) as error:
        stop(Exit.UNKNOWN, f"AWS did not answer: {error}. With --expect it is not asked.")
    if json:
        print_json(found.as_json())
    else:
        out.print(in_full(found))
    raise typer.Exit(EXIT_OF[found.verdict])


def _looked_up(
    domain: str, records: tuple[Record, ...], config: DnsConfig, rules: PublicNameRules
) -> Compliance:
    observer = NetworkDns(config, is_registry=lambda n: rules.public_suffix(n) == n)
    report = diagnose(domain, records, observer.observe(domain, records), datetime.now(UTC))
    return compliance(domain, records, report)


def _stored(domain: str, stack: str | None) -> SendingDomain | None:
    """What the stack holds of the domain; None where no stack was named and none has it."""
    try:
        stored = connect(stack).app.store.domain(domain)
    except StackNotFound as error:
        if stack is not None:
            stop(Exit.UNKNOWN, str(error))
        return None
    if stored is None and stack is not None:
        stop(Exit.NO, f"{domain} is not known here.")
    return stored


def _with_dmarc(domain: str, records: tuple[Record, ...]) -> tuple[Record, ...]:
    """DMARC is looked for even where it was not asked for: owners may have it already."""
    if any(record.purpose is Purpose.DMARC for record in records):
        return records
    audited = (r for r in audit_records(domain) if r.purpose is Purpose.DMARC)
    return (*records, *audited)
