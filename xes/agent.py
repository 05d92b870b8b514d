"""``xes onboard``, ``list`` and ``show``: what an agent does, against a deployed stack."""

import hashlib
import json as jsonlib
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.markup import escape
from rich.table import Table

from onboarding.bootstrap import Bootstrap
from onboarding.contracts import InvalidRequest, parse_onboarding
from onboarding.domain.addresses import covering_names, is_address, parse_address
from onboarding.domain.compliance import compliance_of_stored
from onboarding.domain.delivery import Delivery
from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.ownership import covering_domain
from onboarding.domain.refusal import Refused
from onboarding.domain.request import Method
from onboarding.domain.sender_address import SenderAddress
from onboarding.usecases.submit_request import submit_request
from xes.batch import onboard_list
from xes.compliance_text import in_brief
from xes.decisions import list_awaiting
from xes.output import Exit, err, out, print_json, stop
from xes.stack import deployed

SOURCE = "cli"
LIST_TIMEOUT = 600.0
"""Seconds to wait for the lines of a list; the work itself goes on."""

Subject = SendingDomain | SenderAddress

StackOption = Annotated[
    str | None,
    typer.Option(
        help="The deployed stack; without it a local world, or XES_STACK.", metavar="NAME"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def onboard(
    account: Annotated[str, typer.Option(help="The account that will send.")],
    domain: Annotated[
        str | None,
        typer.Argument(metavar="DOMAIN|ADDRESS", help="The domain or address to send from."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            help="A list of domains instead: columns domain, methods, contact_email, "
            "dmarc_policy, dmarc_percent, dmarc_report_to, mail_from, address.",
            metavar="FILE",
        ),
    ] = None,
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
    """Ask for a domain or a single address to be set up, as a ticket does.

    An address is verified by a link that Amazon mails to it; methods belong to domains.

    A list (--csv) is read as a whole: what the account does not include is approved once, each
    line is then asked for by itself, and `xes batch ID` tells what became of it.

    Example: xes onboard news.example.com --account acme --method dkim --method dmarc
    """
    if (domain is None) == (csv is None):
        stop(Exit.WRONG_USE, "Name a domain or an address, or give a list with --csv.")
    if csv is not None:
        onboard_list(csv, account, ticket, stack, LIST_TIMEOUT, json=json)
        return
    assert domain is not None
    number = ticket or f"cli-{uuid4().hex[:12]}"
    dmarc = {"policy": dmarc_policy, "percent": dmarc_percent, "report_to": dmarc_report_to}
    given_dmarc = {key: value for key, value in dmarc.items() if value is not None}
    wish = {
        "ticket_id": number,
        "account_id": account,
        **_what_for(domain, method),
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


def _what_for(name: str, methods: list[Method] | None) -> dict[str, Any]:
    if is_address(name):
        return {"address": name, "methods": methods or None}
    return {"domain": name, "methods": methods or [Method.DKIM, Method.DMARC]}


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
    """List the domains and addresses with their states; with --awaiting what waits for a person.

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
        states, store = tuple(state or State), found.app.store
        known: list[Subject] = [*store.domains(states), *store.addresses(states)]
    subjects = [subject for subject in known if account in (None, subject.account_id)]
    subjects.sort(key=lambda subject: (subject.since, name_of(subject)))
    if json:
        print_json([_listed(subject) for subject in subjects])
        return
    table = Table("Domain or address", "State", "Since", "Account", "Ticket", box=None)
    for subject in subjects:
        since = f"{subject.since:%Y-%m-%d %H:%M}"
        table.add_row(
            escape(name_of(subject)), subject.state, since, subject.account_id, str(subject.ticket)
        )
    out.print(table)


def name_of(subject: Subject) -> str:
    return subject.domain if isinstance(subject, SendingDomain) else subject.address


def _listed(subject: Subject) -> dict[str, Any]:
    return {
        "domain": name_of(subject),
        "state": subject.state.value,
        "since": subject.since.isoformat(),
        "account_id": subject.account_id,
        "organisation_id": subject.organisation_id,
        "ticket": str(subject.ticket),
        "request_id": subject.request_id,
    }


def show(
    domain: Annotated[
        str, typer.Argument(metavar="DOMAIN|ADDRESS", help="The domain or the address.")
    ],
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Show one domain or address: where it stands, its records, the last check, its timeline."""
    with deployed(stack) as found:
        stored = subject_named(found.app, domain)
        if stored is None:
            stop(Exit.NO, f"{domain} is not known here{_unless_covered(found.app, domain)}.")
        timeline = found.app.store.timeline(name_of(stored))
        status_url = found.status_url(stored.request_id)
    if json:
        print_json(shown_as_json(stored, timeline, status_url))
    else:
        _print_subject(stored, timeline, status_url)


def subject_named(app: Bootstrap, name: str) -> Subject | None:
    if not is_address(name):
        return app.store.domain(app.rules.to_ascii(name.strip().lower().removesuffix(".")))
    try:
        return app.store.address(parse_address(name, app.rules))
    except Refused as refused:
        stop(Exit.WRONG_USE, refused.message)


def _unless_covered(app: Bootstrap, name: str) -> str:
    """An address of a verified domain needs nothing of its own, and so is nowhere."""
    names = covering_names(name) if is_address(name) else ()
    living = [d for n in names if (d := app.store.domain(n)) is not None and d.state not in ENDS]
    covering = covering_domain(living[0].account_id, living) if living else None
    return "" if covering is None else f" by itself; {covering.domain} is verified and covers it"


def shown_as_json(subject: Subject, timeline: tuple[Entry, ...], status_url: str) -> dict[str, Any]:
    """An address is shown in the shape of a domain: as ``domain``, without records and report."""
    domain = subject if isinstance(subject, SendingDomain) else None
    return {
        "domain": name_of(subject),
        "account_id": subject.account_id,
        "organisation_id": subject.organisation_id,
        "state": subject.state.value,
        "since": subject.since.isoformat(),
        "request_id": subject.request_id,
        "status_url": status_url,
        "records": [record.as_json() for record in domain.records] if domain else [],
        "report": domain.report if domain else None,
        "timeline": [
            {"at": e.at.isoformat(), "what": e.what, "why": e.why, "by": e.by} for e in timeline
        ],
    }


def _print_subject(subject: Subject, timeline: tuple[Entry, ...], status_url: str) -> None:
    heading = (
        f"[bold]{escape(name_of(subject))}[/] is [bold]{subject.state}[/] since "
        f"{subject.since:%Y-%m-%d %H:%M}"
    )
    out.print(f"{heading} (account {subject.account_id}, ticket {subject.ticket})\n{status_url}\n")
    for record in subject.records if isinstance(subject, SendingDomain) else ():
        out.print(f"  {record.type:5} {record.name}\n        {record.value}", markup=False)
    if isinstance(subject, SendingDomain) and subject.records:
        out.print(in_brief(compliance_of_stored(subject)))
    out.print()
    for entry in timeline:
        out.print(f"  {entry.at:%Y-%m-%d %H:%M}  [bold]{entry.what:20}[/] {entry.why}")
