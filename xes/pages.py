"""``xes console`` and ``xes page``: links to the pages of agents and customers, and their end."""

from typing import Annotated

import typer

from onboarding.adapters.links import BaseLinks
from onboarding.domain.onboarding import SendingDomain
from onboarding.domain.page_links import PageLink, masked, shows
from onboarding.domain.sender_address import SenderAddress
from onboarding.domain.stopping import recipient_hash, stop_family
from onboarding.usecases.link_agents import (
    link_to_console,
    link_to_page,
    revoke_console,
    revoke_pages,
)
from onboarding.usecases.stop_mails import Recipient, allow_mails
from xes.agent import JsonOption, StackOption, name_of, subject_named
from xes.decisions import who
from xes.output import Exit, out, print_json, stop
from xes.stack import Stack, deployed

DomainArgument = Annotated[str, typer.Argument(help="The domain.")]

app = typer.Typer(no_args_is_help=True, help="Links to a customer's page about a domain.")


def console(
    organisation: Annotated[
        str | None, typer.Option(help="Only this organisation's domains and approvals.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Who decides with it; you, as AWS or this machine knows you."),
    ] = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="End the links that were made for --by instead.")
    ] = False,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Open the agents' page: domains by state, what waits for a decision, each domain's story.

    Prints a link that is good for an hour and needs no login: treat it as a password. It only
    shows, but for approve and refuse, which count as decided by --by.

    Example: xes console --organisation acme --by ada
    """
    if revoke and organisation:
        stop(Exit.WRONG_USE, "--revoke ends all links of --by: leave --organisation out.")
    with deployed(stack) as found:
        stored, agent = found.app, by or who(found)
        if revoke:
            revoke_console(agent, links=stored.pages, real_clock=stored.real_clock)
            _ended(f"the console of {agent}", json=json)
            return
        url, link = link_to_console(
            agent,
            organisation,
            links=stored.pages,
            addresses=BaseLinks(found.api_url),
            real_clock=stored.real_clock,
            random=stored.random,
        )
    _print(url, link, json=json)


@app.command("link")
def page_link(domain: DomainArgument, stack: StackOption = None, json: JsonOption = False) -> None:
    """Make one more link to the customer's page, where a mail did not arrive.

    Exit codes: 0 here it is, 1 the domain is not known, or has ended too long ago.

    Example: xes page link news.example.com
    """
    with deployed(stack) as found:
        stored = found.app
        known = _known(domain, found)
        if not shows(known, stored.clock.now()):
            stop(Exit.NO, f"{known.domain} has ended: its page is not shown any more.")
        url, link = link_to_page(
            known,
            links=stored.pages,
            addresses=BaseLinks(found.api_url),
            real_clock=stored.real_clock,
            random=stored.random,
        )
    _print(url, link, json=json)


@app.command("revoke")
def page_revoke(
    domain: DomainArgument, stack: StackOption = None, json: JsonOption = False
) -> None:
    """End every link to a domain that is out: those in mails, and those in notes of its ticket.

    What is mailed from then on brings a link that works; `xes page link` makes one at once.

    Exit codes: 0 they are ended, 1 the domain is not known.

    Example: xes page revoke news.example.com
    """
    with deployed(stack) as found:
        stored = found.app
        known = _known(domain, found)
        revoke_pages(known.domain, links=stored.pages, real_clock=stored.real_clock)
    _ended(known.domain, json=json)


@app.command("resume")
def page_resume(
    subject: Annotated[
        str, typer.Argument(metavar="DOMAIN|ADDRESS", help="What the e-mails are about.")
    ],
    by: Annotated[
        str | None, typer.Option(help="Who lifts it; you, as AWS or this machine knows you.")
    ] = None,
    revoke: Annotated[
        bool,
        typer.Option("--revoke", help="End the links by which they are stopped that are out, too."),
    ] = False,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Let the contact have e-mails again that were stopped by the link in one of them.

    Do so where they ask for it. `--revoke` is for a mail that was handed on, and stopped by
    somebody else: the next mail brings a link that works.

    Exit codes: 0 they are sent again, 1 it is not known, or they were not stopped.

    Example: xes page resume news.example.com
    """
    with deployed(stack) as found:
        stored = found.app
        known = subject_named(stored, subject) or stop(Exit.NO, f"{subject} is not known here.")
        whose = _contact(known)
        lifted = allow_mails(whose, by=by or who(found), store=stored.store, clock=stored.clock)
        if revoke:
            now = stored.real_clock.now()
            stored.pages.revoke_page_links(stop_family(whose.subject), now)
    if not lifted:
        stop(Exit.NO, f"E-mails about {whose.subject} to {whose.shown} were not stopped.")
    if json:
        print_json({"resumed": whose.subject, "recipient": whose.shown})
    else:
        out.print(f"{whose.shown} gets e-mails about {whose.subject} again.", markup=False)


def _contact(known: SendingDomain | SenderAddress) -> Recipient:
    return Recipient(
        subject=name_of(known),
        recipient=recipient_hash(known.contact_email),
        shown=masked(known.contact_email),
        request_id=known.request_id,
        ticket=known.ticket,
    )


def _known(domain: str, stack: Stack) -> SendingDomain:
    name = stack.app.rules.to_ascii(domain.strip().lower().removesuffix("."))
    found = stack.app.store.domain(name)
    return found or stop(Exit.NO, f"{domain} is not known here.")


def _print(url: str, link: PageLink, *, json: bool) -> None:
    if json:
        print_json({"link": url, "expires_at": link.expires_at.isoformat(), "by": link.by})
    else:
        out.print(url, markup=False)
        out.print(f"Good until {link.expires_at:%Y-%m-%d %H:%M} UTC.")


def _ended(what: str, *, json: bool) -> None:
    if json:
        print_json({"revoked": what})
    else:
        out.print(f"Every link to {what} that was out is ended.", markup=False)
