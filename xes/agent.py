"""``xes onboard``, ``list`` and ``show``: what an agent does, against a deployed stack."""

import hashlib
import json as jsonlib
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.table import Table

from onboarding.contracts import InvalidRequest, parse_onboarding
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.request import Method
from onboarding.ports import Delivery
from onboarding.usecases.submit_request import submit_request
from xes.decisions import list_awaiting
from xes.output import Exit, err, out, print_json, stop
from xes.stack import deployed

SOURCE = "cli"

StackOption = Annotated[
    str | None,
    typer.Option(
        help="The deployed stack; without it a local world, or XES_STACK.", metavar="NAME"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def onboard(
    domain: Annotated[str, typer.Argument(help="The domain to send from.")],
    account: Annotated[str, typer.Option(help="The account that will send.")],
    method: Annotated[
        list[Method] | None, typer.Option(help="dkim, spf, dmarc; may be given again.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option(help="Who administers the DNS; the account's contact otherwise.")
    ] = None,
    ticket: Annotated[str | None, typer.Option(help="The ticket that asks for it.")] = None,
    dmarc_policy: Annotated[str | None, typer.Option(help="none, quarantine or reject.")] = None,
    dmarc_percent: Annotated[int | None, typer.Option(help="0 to 100.")] = None,
    dmarc_report_to: Annotated[str | None, typer.Option(help="Where reports go.")] = None,
    mail_from: Annotated[str | None, typer.Option(help="The label of a custom MAIL FROM.")] = None,
    document: Annotated[
        str | None,
        typer.Option(
            help='The signed responsibility document: {"reference", "signed_by", "signed_at"}.',
            metavar="JSON",
        ),
    ] = None,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Ask for a domain to be set up, as a ticket does.

    Example: xes onboard news.example.com --account acme --method dkim --method dmarc
    """
    number = ticket or f"cli-{uuid4().hex[:12]}"
    dmarc = {"policy": dmarc_policy, "percent": dmarc_percent, "report_to": dmarc_report_to}
    given_dmarc = {key: value for key, value in dmarc.items() if value is not None}
    wish = {
        "ticket_id": number,
        "account_id": account,
        "domain": domain,
        "methods": method or [Method.DKIM, Method.DMARC],
        "contact_email": contact,
        "dmarc": given_dmarc or None,
        "mail_from": mail_from,
        "responsibility_document": _document(document),
    }
    with deployed(stack) as found:
        app = found.app
        digest = hashlib.sha256(repr(sorted(wish.items())).encode()).hexdigest()
        try:
            accepted = submit_request(
                parse_onboarding(wish, app.rules),
                Delivery(SOURCE, uuid4().hex, digest),
                store=app.store,
                workflows=app.workflows,
                clock=app.clock,
                random=app.random,
            )
        except InvalidRequest as invalid:
            _refused(invalid, json=json)
        request_id = accepted.stored.request_id
        answer = {"request_id": request_id, "status_url": found.status_url(request_id)}
    if json:
        print_json(answer)
    else:
        what = "Accepted" if accepted.is_new else "Asked for already"
        out.print(f"{what}: ticket {number}, request {request_id}.\n{answer['status_url']}")


def _document(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return jsonlib.loads(text)
    except ValueError as error:
        stop(Exit.WRONG_USE, f"--document is not JSON: {error}")


def _refused(invalid: InvalidRequest, *, json: bool) -> None:
    if json:
        print_json({"errors": [error.as_json() for error in invalid.errors]})
    else:
        for error in invalid.errors:
            err.print(f"{error.field}: {error.message}", markup=False)
    raise typer.Exit(Exit.WRONG_USE)


def list_domains(
    state: Annotated[
        list[State] | None, typer.Option(help="Only these states; may be given again.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Only this account's.")] = None,
    awaiting: Annotated[
        bool, typer.Option("--awaiting", help="What waits for an approval instead.")
    ] = False,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """List the domains with their states; with --awaiting what waits for a person to decide.

    --awaiting shows what is asked, the price, why, how long it has waited and until when it can be
    decided with `xes approve` or `xes refuse`.

    Example: xes list --awaiting --json
    """
    if awaiting:
        if state:
            stop(Exit.WRONG_USE, "--awaiting goes without --state.")
        list_awaiting(stack, account, json=json)
        return
    with deployed(stack) as found:
        states = tuple(state or State)
        domains = [d for d in found.app.store.domains(states) if account in (None, d.account_id)]
    domains.sort(key=lambda d: (d.since, d.domain))
    if json:
        print_json([_listed(domain) for domain in domains])
        return
    table = Table("Domain", "State", "Since", "Account", "Ticket", box=None)
    for domain in domains:
        since = f"{domain.since:%Y-%m-%d %H:%M}"
        table.add_row(domain.domain, domain.state, since, domain.account_id, str(domain.ticket))
    out.print(table)


def _listed(domain: SendingDomain) -> dict[str, Any]:
    return {
        "domain": domain.domain,
        "state": domain.state.value,
        "since": domain.since.isoformat(),
        "account_id": domain.account_id,
        "organisation_id": domain.organisation_id,
        "ticket": str(domain.ticket),
        "request_id": domain.request_id,
    }


def show(
    domain: Annotated[str, typer.Argument(help="The domain.")],
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Show one domain: where it stands, its records, the last check, its timeline."""
    with deployed(stack) as found:
        name = domain.strip().lower().removesuffix(".")
        stored = found.app.store.domain(found.app.rules.to_ascii(name))
        if stored is None:
            stop(Exit.NO, f"{domain} is not known here.")
        timeline = found.app.store.timeline(stored.domain)
        status_url = found.status_url(stored.request_id)
    if json:
        print_json(shown_as_json(stored, timeline, status_url))
    else:
        _print_domain(stored, timeline, status_url)


def shown_as_json(
    domain: SendingDomain, timeline: tuple[Entry, ...], status_url: str
) -> dict[str, Any]:
    return {
        "domain": domain.domain,
        "account_id": domain.account_id,
        "organisation_id": domain.organisation_id,
        "state": domain.state.value,
        "since": domain.since.isoformat(),
        "request_id": domain.request_id,
        "status_url": status_url,
        "records": [record.as_json() for record in domain.records],
        "report": domain.report,
        "timeline": [
            {"at": e.at.isoformat(), "what": e.what, "why": e.why, "by": e.by} for e in timeline
        ],
    }


def _print_domain(domain: SendingDomain, timeline: tuple[Entry, ...], status_url: str) -> None:
    heading = (
        f"[bold]{domain.domain}[/] is [bold]{domain.state}[/] since {domain.since:%Y-%m-%d %H:%M}"
    )
    out.print(f"{heading} (account {domain.account_id}, ticket {domain.ticket})\n{status_url}\n")
    for record in domain.records:
        out.print(f"  {record.type:5} {record.name}\n        {record.value}", markup=False)
    out.print()
    for entry in timeline:
        out.print(f"  {entry.at:%Y-%m-%d %H:%M}  [bold]{entry.what:20}[/] {entry.why}")
