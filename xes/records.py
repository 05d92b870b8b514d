"""``xes records``: the records to publish, as a person enters them or as a file."""

import json as jsonlib
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from onboarding.adapters.names import PublicNameRules
from onboarding.domain.dns_hosts import DnsHost, host_named, known_hosts
from onboarding.domain.dnsnames import canonical, is_at_or_below
from onboarding.domain.files.publication import Publication, Unwritable
from onboarding.domain.files.registry import FORMATS, why_no_file
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
from onboarding.domain.report import Report
from xes.entry_text import as_text
from xes.output import Exit, out, stop
from xes.stack import StackNotFound, connect


class Format(StrEnum):
    """How the records are written."""

    TEXT = "text"
    BIND = "bind"
    CSV = "csv"
    JSON = "json"
    ROUTE53 = "route53"
    TERRAFORM = "terraform"
    CLOUDFLARE = "cloudflare"
    AZURE = "azure"
    GCLOUD = "gcloud"
    OCTODNS = "octodns"


class Provider(StrEnum):
    """Whose Terraform resources."""

    ROUTE53 = "route53"
    CLOUDFLARE = "cloudflare"
    GOOGLE = "google"
    AZURE = "azure"


@dataclass(frozen=True, slots=True)
class _Known:
    """The records, and what is known of the zone by the last check."""

    records: tuple[Record, ...]
    report: Report | None = None


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
    host: Annotated[
        str | None, typer.Option(help="The DNS host, in whose terms to speak, such as cloudflare.")
    ] = None,
    provider: Annotated[
        Provider | None, typer.Option(help="For terraform, where the DNS host does not tell.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="What `xes check --json` printed: what it found is left out, what is wrong is "
            "shown old against new.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    stack: Annotated[str | None, typer.Option(help="The deployed stack to read from.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print the DNS records that a domain's owner has to publish.

    With --tokens and --dkim-zone nothing is looked up; without them, the records come from the
    deployed stack. Files are made to add and never to replace; where a tool would do more
    (octoDNS, Terraform at Google), the file's first lines say so. The format json has every record,
    for xes check --expect; the others leave out what a report has found.

    Example: xes records news.example.com --tokens a,b,c --dkim-zone dkim.amazonses.com
    --zone example.com --host cloudflare --format cloudflare
    """
    rules = PublicNameRules()
    try:
        name = parse_sending_domain(domain, rules)
        label = None if mail_from is None else parse_subdomain_label(mail_from)
    except Refused as refused:
        stop(Exit.WRONG_USE, refused.message)
    if tokens is None:
        known = _from_stack(name, stack)
    elif dkim_zone is None:
        stop(Exit.WRONG_USE, "--tokens needs --dkim-zone: SES gives it with the tokens.")
    else:
        known = _Known(_from_options(name, tokens, dkim_zone, region, label, dmarc))
    seen = known.report if report is None else _read_report(report, name)
    cut = _cut(name, zone, seen) or registrable_domain(name, rules)
    _print(
        Publication(name, cut, known.records, _host(host, seen), seen, provider),
        Format.JSON if json else format,
    )


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


def _from_stack(domain: str, stack: str | None) -> _Known:
    try:
        found = connect(stack).app.store.domain(domain)
    except StackNotFound as error:
        stop(Exit.UNKNOWN, str(error))
    if found is None or not found.records:
        stop(Exit.NO, f"{domain} has no records yet: it was never asked for, or was not admitted.")
    return _Known(found.records, Report.from_json(found.report) if found.report else None)


def _read_report(path: Path, domain: str) -> Report:
    try:
        read = Report.from_json(jsonlib.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        stop(Exit.WRONG_USE, f"{path}: not what `xes check --json` prints: {error!r}")
    if read.domain != domain:
        stop(Exit.WRONG_USE, f"{path} is about {read.domain}, not about {domain}.")
    return read


def _cut(domain: str, zone: str | None, report: Report | None) -> str:
    """The zone that was named, else the one that a check found; empty where neither is there."""
    if zone is None:
        found = canonical(report.zone.cut) if report else ""
        return found if is_at_or_below(domain, found) else ""
    cut = canonical(zone)
    if not cut or not is_at_or_below(domain, cut):
        stop(Exit.WRONG_USE, f"{zone} is no zone that could hold {domain}.")
    return cut


def _host(slug: str | None, report: Report | None) -> DnsHost | None:
    if slug is None:
        return host_named(report.zone.dns_host) if report else None
    host = host_named(slug)
    if host is None:
        known = ", ".join(each.slug for each in known_hosts())
        stop(Exit.WRONG_USE, f"{slug} is none of the DNS hosts that are known: {known}.")
    return host


def _print(publication: Publication, form: Format) -> None:
    if form is Format.TEXT:
        out.print(as_text(publication))
        return
    if form in (Format.BIND, Format.CLOUDFLARE) and (why := why_no_file(publication.host)):
        stop(Exit.NO, why)
    try:
        text = FORMATS[form.value].render(publication)
    except Unwritable as error:
        stop(Exit.WRONG_USE, f"This cannot be written as {form.value}: {error}.")
    sys.stdout.write(text)
