"""``xes account``: what an agent does with accounts, against a deployed stack."""

import json as jsonlib
from dataclasses import replace
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from onboarding.contracts import InvalidRequest
from onboarding.domain.addresses import parse_address
from onboarding.domain.delivery import Delivery
from onboarding.domain.onboarding import Account, AccountKind
from onboarding.domain.plan import PlanError, plan_of
from onboarding.domain.quota import Entitlement
from onboarding.domain.refusal import Refused
from onboarding.domain.request import Ticket
from onboarding.domain.service import ServiceKind, ServiceRequest
from onboarding.domain.setup_list import CannotBeTicked, SetupItem, Standing
from onboarding.usecases.current_service import update_provisioned
from onboarding.usecases.grant_entitlement import grant_entitlement
from onboarding.usecases.record_pool import NothingOrdered, UnknownPool, record_pool
from onboarding.usecases.setup_account import (
    hand_out_sheet,
    record_review,
    setup_account,
    tick_item,
)
from onboarding.usecases.show_account import show_account
from onboarding.usecases.submit_service import submit_service
from xes.account_text import account_as_text, setup_as_text
from xes.decisions import JsonOption, StackOption, who
from xes.output import Exit, out, print_json, stop
from xes.stack import Stack, deployed

SOURCE = "cli"
NOT_PROVISIONED = (
    "Account {account} has no tenant and configuration set yet: provision it with "
    "`xes account create {account} --organisation ORG`, or by the event account.service.requested."
)


class Sending(StrEnum):
    """Whether an account may send."""

    ENABLED = "enabled"
    PAUSED = "paused"


app = typer.Typer(no_args_is_help=True, help="Accounts: create, show, change, and set up.")

AccountArgument = Annotated[str, typer.Argument(help="The account's id.", metavar="ID")]


@app.command()
def create(
    account: AccountArgument,
    organisation: Annotated[str, typer.Option(help="The organisation that owns it.")],
    kind: Annotated[
        AccountKind, typer.Option(help="The first one, or one more at a price.")
    ] = AccountKind.BASIC,
    contact: Annotated[
        str | None, typer.Option(help="Who administers the organisation's DNS.")
    ] = None,
    ticket: Annotated[str | None, typer.Option(help="The ticket that asks for it.")] = None,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Create an account and give it its own tenant and configuration set at Amazon SES.

    An additional account is asked about first: it has a price. A basic one that is there already is
    provisioned, where it is not yet.

    Example: xes account create acme-shop --organisation acme --kind additional
    """
    with deployed(stack) as found:
        address = None if contact is None else _address(contact, found)
        number = ticket or f"{SOURCE}-{account}"
        if kind is AccountKind.BASIC:
            _basic(Account(account, organisation, address), found)
            wish = ServiceRequest(Ticket(SOURCE, number), account, ServiceKind.PROVISIONING)
        else:
            wish = ServiceRequest(
                Ticket(SOURCE, number),
                account,
                ServiceKind.ADDITIONAL_ACCOUNT,
                organisation_id=organisation,
                new_account_id=account,
                contact_email=address,
            )
        answer = _submitted(wish, found)
    if json:
        print_json(answer)
    else:
        out.print(f"Ticket {number}, request {answer['request_id']}: {answer['state']}.")
        out.print(f"xes account show {account}", markup=False)


def _basic(account: Account, found: Stack) -> None:
    store = found.app.services
    store.create_account(account, SOURCE)
    existing = store.account(account.account_id)
    if existing is not None and existing.organisation_id != account.organisation_id:
        stop(
            Exit.NO,
            f"There is an account {account.account_id} already, of organisation "
            f"{existing.organisation_id}.",
        )


def _submitted(wish: ServiceRequest, found: Stack) -> dict[str, Any]:
    app = found.app
    try:
        accepted = submit_service(
            wish,
            Delivery(SOURCE, uuid4().hex, ""),
            store=app.services,
            workflows=app.service_workflows,
            clock=app.clock,
            random=app.random,
        )
    except InvalidRequest as invalid:
        stop(Exit.NO, "; ".join(error.message for error in invalid.errors))
    request_id = accepted.stored.request_id
    return {
        "request_id": request_id,
        "status_url": found.status_url(request_id),
        "state": accepted.stored.state.value,
    }


@app.command()
def show(account: AccountArgument, stack: StackOption = None, json: JsonOption = False) -> None:
    """Show an account: what it uses, may have and costs, and its services."""
    with deployed(stack) as found:
        shown = show_account(account, store=found.app.services, flags=found.app.flags)
    if shown is None:
        stop(Exit.NO, f"There is no account {account}.")
    if json:
        print_json(shown)
    else:
        out.print(account_as_text(shown), markup=False)


@app.command("set")
def change(
    account: AccountArgument,
    contact: Annotated[str | None, typer.Option(help="Who administers the DNS.")] = None,
    plan: Annotated[str | None, typer.Option(help="The organisation's plan.")] = None,
    override: Annotated[
        str | None,
        typer.Option(help="What differs from the plan for the organisation.", metavar="JSON"),
    ] = None,
    grant: Annotated[
        list[str] | None,
        typer.Option(
            help=f"So many more of {', '.join(Entitlement)}; may be given again.",
            metavar="WHAT=COUNT",
        ),
    ] = None,
    note: Annotated[str | None, typer.Option(help="Why; needed with --grant.")] = None,
    dedicated_ip_pool: Annotated[
        str | None, typer.Option(help="The SES pool of the IPs that were ordered.", metavar="NAME")
    ] = None,
    dedicated_ip: Annotated[
        list[str] | None, typer.Option(help="An IP of the pool; may be given again.")
    ] = None,
    sending_rate: Annotated[
        float | None, typer.Option(help="E-mails a second that AWS has granted.", min=0)
    ] = None,
    sending: Annotated[
        Sending | None, typer.Option(help="Whether the account may send at all.")
    ] = None,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Change an account, or record what AWS has delivered for it.

    Example: xes account set acme --dedicated-ip-pool acme-ips --dedicated-ip 192.0.2.1
    """
    changes = (contact, plan, override, grant, dedicated_ip_pool, sending_rate, sending)
    if all(value is None for value in changes):
        stop(Exit.WRONG_USE, "Say what to change: `xes account set --help`.")
    wanted = [_grant(text) for text in grant or ()]
    if wanted and not (note or "").strip():
        stop(Exit.WRONG_USE, "Say why in --note: it stays on record with your name.")
    ips = tuple(_ip(text) for text in dedicated_ip or ())
    with deployed(stack) as found:
        known = _known(account, found)
        if contact is not None:
            known = replace(known, contact_email=_address(contact, found))
            found.app.services.put_account(known)
        if plan is not None or override is not None:
            _set_plan(known, plan, override, found)
        for entitlement, count in wanted:
            _granted(known, entitlement, count, note or "", found)
        if dedicated_ip_pool is not None:
            _record_pool(account, dedicated_ip_pool, ips, found)
        _set_sending(account, sending, sending_rate, found)
        shown = show_account(account, store=found.app.services, flags=found.app.flags)
    assert shown is not None  # it was known a moment ago, and accounts are not deleted
    if json:
        print_json(shown)
    else:
        out.print(account_as_text(shown), markup=False)


def _set_sending(account: str, sending: Sending | None, rate: float | None, found: Stack) -> None:
    if sending is not None:
        _switch(account, sending, found)
    if rate is not None:
        update_provisioned(
            found.app.services, account, lambda held: replace(held, sending_rate=rate)
        )


def _switch(account: str, sending: Sending, found: Stack) -> None:
    tenant = found.app.services.provisioned(account).tenant
    if tenant is None:
        stop(Exit.NO, NOT_PROVISIONED.format(account=account))
    if sending is Sending.PAUSED:
        found.app.tenancy.pause_sending(tenant)
    else:
        found.app.tenancy.resume_sending(tenant)


def _known(account: str, found: Stack) -> Account:
    known = found.app.services.account(account)
    if known is None:
        stop(Exit.NO, f"There is no account {account}.")
    return known


def _address(text: str, found: Stack) -> str:
    try:
        return parse_address(text, found.app.rules)
    except Refused as refused:
        stop(Exit.WRONG_USE, f"--contact: {refused.message}")


def _ip(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        stop(Exit.WRONG_USE, f"--dedicated-ip: {text} is no IP address.")


def _grant(text: str) -> tuple[Entitlement, int]:
    name, _, count = text.partition("=")
    try:
        entitlement = Entitlement(name)
    except ValueError:
        stop(Exit.WRONG_USE, f"--grant: {name} is none of {', '.join(Entitlement)}.")
    if not count.isdecimal() or not 1 <= int(count) <= 100:
        stop(Exit.WRONG_USE, f"--grant: {text} needs a count from 1 to 100, as in {name}=1.")
    return entitlement, int(count)


def _granted(account: Account, what: Entitlement, count: int, note: str, found: Stack) -> None:
    app = found.app
    grant_entitlement(
        account,
        what,
        count,
        who(found),
        note,
        f"{SOURCE}-{uuid4().hex[:12]}",
        store=app.services,
        workflows=app.workflows,
        clock=app.clock,
    )


def _set_plan(account: Account, plan: str | None, override: str | None, found: Stack) -> None:
    store = found.app.services
    organisation = store.organisation(account.organisation_id)
    if plan is not None:
        organisation = replace(organisation, plan=plan)
    if override is not None:
        organisation = replace(organisation, override=_json_object(override))
    try:
        plan_of(organisation)
    except PlanError as error:
        stop(Exit.WRONG_USE, str(error))
    store.put_organisation(organisation)


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = jsonlib.loads(text)
    except ValueError as error:
        stop(Exit.WRONG_USE, f"--override is not JSON: {error}")
    if not isinstance(value, dict):
        stop(Exit.WRONG_USE, "--override has to be a JSON object, as plans.toml has it.")
    return value


def _record_pool(account: str, pool: str, ips: tuple[str, ...], found: Stack) -> None:
    app = found.app
    try:
        record_pool(
            account,
            pool,
            ips,
            store=app.services,
            workflows=app.service_workflows,
            tenancy=app.tenancy,
        )
    except UnknownPool:
        stop(Exit.NO, f"Amazon SES has no dedicated IP pool {pool} in this region.")
    except NothingOrdered:
        stop(
            Exit.NO,
            f"Account {account} waits for no dedicated IPs: they have to be asked for, and "
            "approved, first.",
        )


@app.command()
def setup(
    account: AccountArgument,
    tick: Annotated[SetupItem | None, typer.Option(help="A step that is done.")] = None,
    note: Annotated[str | None, typer.Option(help="What was seen; needed with --tick.")] = None,
    review: Annotated[
        Path | None,
        typer.Option(
            help="What `xes review MESSAGE.eml --json` printed of a sample message.",
            metavar="FILE",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Show the representative's list for an account, or tick a step of it.

    What the system can find out by itself is proved and cannot be ticked. Exit code 1 while any
    step is open.

    Example: xes account setup acme --tick server_control --note "Set up and tested on uProduce 14"
    """
    verdict = None if review is None else _verdict(review)
    with deployed(stack) as found:
        _known(account, found)
        store, clock = found.app.setups, found.app.clock
        if tick is not None:
            try:
                tick_item(account, tick, who(found), note or "", store=store, clock=clock)
            except CannotBeTicked as error:
                stop(Exit.WRONG_USE, str(error))
        if verdict is not None:
            passed, digest = verdict
            record_review(account, digest, passed=passed, store=store, clock=clock)
        standings = setup_account(account, store=store, identities=found.app.identities)
    _print_setup(account, standings, json=json)


def _print_setup(account: str, standings: tuple[Standing, ...], *, json: bool) -> None:
    done = all(standing.done for standing in standings)
    if json:
        print_json(
            {
                "account_id": account,
                "done": done,
                "items": [standing.as_json() for standing in standings],
            }
        )
    else:
        out.print(setup_as_text(account, standings), markup=False)
    if not done:
        raise typer.Exit(Exit.NO)


def _verdict(file: Path) -> tuple[bool, str]:
    try:
        data = jsonlib.loads(file.read_text())
        verdict = data["verdict"]
    except (ValueError, KeyError, TypeError):
        stop(Exit.WRONG_USE, f"{file} is not what `xes review --json` prints.")
    if verdict not in ("fit", "unfit"):
        stop(Exit.UNKNOWN, f"The review could not find out ({verdict}): review the message again.")
    return verdict == "fit", sha256(file.read_bytes()).hexdigest()[:16]


@app.command()
def smtp(account: AccountArgument, stack: StackOption = None, json: JsonOption = False) -> None:
    """Print the SMTP settings of an account, for its delivery provider; no secret is in them."""
    with deployed(stack) as found:
        _known(account, found)
        sheet = hand_out_sheet(account, found.app.settings.region, store=found.app.setups)
    if sheet is None:
        stop(Exit.NO, NOT_PROVISIONED.format(account=account))
    if json:
        print_json(sheet.as_json())
    else:
        out.print(sheet.as_text(), markup=False)
