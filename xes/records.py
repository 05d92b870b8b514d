"""``xes records``: the records to publish, as text or as a file."""

from enum import StrEnum
from typing import Annotated

import typer

from onboarding.adapters.names import PublicNameRules
from onboarding.domain.names import (
    parse_sending_domain,
    parse_subdomain_label,
    registrable_domain,
)
from onboarding.domain.records import (
    Record,
    dkim_records,
    dmarc_record,
    mail_from_records,
)
from onboarding.domain.refusal import Refused
from onboarding.domain.zonefile import zone_file
from xes.output import Exit, out, print_json, stop
from xes.stack import StackNotFound, connect


class Format(StrEnum):
    """How the records are written."""

    TEXT = "text"
    JSON = "json"
    BIND = "bind"


def records(
    domain: Annotated[str, typer.Argument(help="The sending domain.")],
    format: Annotated[Format, typer.Option(help="How to write them.")] = Format.TEXT,  # noqa: A002
    tokens: Annotated[
        str | None, typer.Option(help="The three DKIM tokens, with commas: no AWS is asked then.")
    ] = None,
    dkim_zone: Annotated[
        str | None, typer.Option(help="Where the keys are, as SES says (SigningHostedZone).")
    ] = None,
    region: Annotated[str, typer.Option(help="The SES region, for MAIL FROM.")] = "us-east-1",
    mail_from: Annotated[
        str | None, typer.Option(help="The label of a custom MAIL FROM, such as bounce.")
    ] = None,
    dmarc: Annotated[
        str | None, typer.Option(help="The DMARC record's text, such as 'v=DMARC1; p=none'.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="The zone that holds the domain, where it is not the usual.")
    ] = None,
    stack: Annotated[str | None, typer.Option(help="The deployed stack to read from.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print the DNS records that a domain's owner has to publish.

    With --tokens and --dkim-zone nothing is looked up; without them, the records come from the
    deployed stack.

    Example: xes records news.example.com --tokens a,b,c --dkim-zone dkim.amazonses.com
    """
    rules = PublicNameRules()
    try:
        name = parse_sending_domain(domain, rules)
        label = None if mail_from is None else parse_subdomain_label(mail_from)
    except Refused as refused:
        stop(Exit.WRONG_USE, refused.message)
    if tokens is None:
        shown = _from_stack(name, stack)
    elif dkim_zone is None:
        stop(Exit.WRONG_USE, "--tokens needs --dkim-zone: SES gives it with the tokens.")
    else:
        shown = _from_options(name, tokens, dkim_zone, region, label, dmarc)
    cut = zone or registrable_domain(name, rules)
    _print(name, cut, shown, Format.JSON if json else format)


def _from_options(
    domain: str, tokens: str, dkim_zone: str, region: str, mail_from: str | None, dmarc: str | None
) -> tuple[Record, ...]:
    named = [token.strip() for token in tokens.split(",") if token.strip()]
    found: tuple[Record, ...] = dkim_records(domain, named, dkim_zone)
    if mail_from is not None:
        found += mail_from_records(domain, mail_from, region)
    if dmarc is not None:
        found += (dmarc_record(domain, dmarc),)
    return found


def _from_stack(domain: str, stack: str | None) -> tuple[Record, ...]:
    try:
        found = connect(stack).app.store.domain(domain)
    except StackNotFound as error:
        stop(Exit.UNKNOWN, str(error))
    if found is None or not found.records:
        stop(Exit.NO, f"{domain} has no records yet: it was never asked for, or was not admitted.")
    return found.records


def _print(domain: str, zone: str, records: tuple[Record, ...], form: Format) -> None:
    if form is Format.JSON:
        print_json({"domain": domain, "zone": zone, "records": [r.as_json() for r in records]})
    elif form is Format.BIND:
        out.print(zone_file(domain, records, origin=zone), end="", markup=False)
    else:
        for record in records:
            lines = (f"{record.type}  {record.name}", f"    {record.value}")
            out.print("\n".join(lines), markup=False)
