"""``xes approve``, ``refuse``, ``offboard``, ``retry``, ``recount``: what an agent decides, and how
an operator repairs."""

import getpass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.table import Table
from rich.text import Text

from onboarding.adapters.aws import client
from onboarding.domain.approval import Approval, ApprovalStatus, Price, what_is_asked
from onboarding.domain.delivery import Delivery
from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.onboarding import SendingDomain, StoredRequest
from onboarding.usecases.answer_approval import decided_as_json
from onboarding.usecases.decide_approval import ApprovalExpired, decide_approval
from onboarding.usecases.offboard_domain import offboard_domain
from onboarding.usecases.recount_slots import StillChanging, recount_slots
from onboarding.usecases.retry_request import StillRunning, retry_request
from xes.output import Exit, err, out, print_json, stop
from xes.stack import Stack, deployed

SOURCE = "cli"

WhichArgument = Annotated[
    str, typer.Argument(help="The domain that waits, or the approval's id.", metavar="DOMAIN|ID")
]
ByOption = Annotated[
    str | None,
    typer.Option(help="Who decides; you, as AWS or this machine knows you, if left out."),
]
NoteOption = Annotated[
    str | None, typer.Option(help="Why, or under which invoice; the ticket and timeline show it.")
]
StackOption = Annotated[
    str | None,
    typer.Option(
        help="The deployed stack; without it a local world, or XES_STACK.", metavar="NAME"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def approve(
    which: WhichArgument,
    by: ByOption = None,
    note: NoteOption = None,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Say yes to what a domain waits for: a payment, or another organisation's domain.

    It counts once. What waits, for how much and until when: xes list --awaiting

    Exit codes: 0 it is approved, 1 it was refused or has expired, or nothing waits.

    Example: xes approve news.example.com --note "invoice 4711"
    """
    _decide(which, ApprovalStatus.GIVEN, by, note, stack, json=json)


def refuse(
    which: WhichArgument,
    by: ByOption = None,
    note: NoteOption = None,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Say no to what a domain waits for; its request ends, and the ticket is told why.

    Exit codes: 0 it is refused, 1 it was approved or has expired, or nothing waits.

    Example: xes refuse news.example.com --note "the customer does not want to pay"
    """
    _decide(which, ApprovalStatus.REFUSED, by, note, stack, json=json)


def _decide(
    which: str,
    status: ApprovalStatus,
    by: str | None,
    note: str | None,
    stack: str | None,
    *,
    json: bool,
) -> None:
    with deployed(stack) as found:
        app = found.app
        approval = _meant(which, found)
        try:
            decided = decide_approval(
                approval.approval_id,
                status,
                by or who(found),
                note,
                store=app.store,
                workflows=app.workflows,
                clock=app.clock,
            )
        except ApprovalExpired:
            until = f"{approval.expires_at:%Y-%m-%d %H:%M}"
            stop(Exit.NO, f"The time to decide ran out on {until} UTC: ask again in the ticket.")
    answer = decided.approval
    if json:
        print_json({**decided_as_json(answer), "counted": decided.counted})
    else:
        before = "" if decided.counted else "already "
        out.print(
            f"{answer.subject}: {what_is_asked(answer)} was {before}{answer.status} by "
            f"{answer.decided_by}.",
            markup=False,
        )
    if answer.status is not status:
        raise typer.Exit(Exit.NO)


def _meant(which: str, stack: Stack) -> Approval:
    store = stack.app.store
    if which.startswith("apr_"):
        approval = store.approval(which)
        return approval or stop(Exit.NO, f"There is no approval {which}.")
    about = store.approvals_about(_name(which, stack))
    waiting = [a for a in about if a.status is ApprovalStatus.PENDING]
    if len(waiting) > 1:
        _print_awaiting(waiting, stack.app.clock.now())
        stop(Exit.WRONG_USE, f"Several approvals are about {which}: give the id of one.")
    if not about:
        stop(Exit.NO, f"Nothing about {which} waits to be decided.")
    return (waiting or list(about))[-1]


def _name(domain: str, stack: Stack) -> str:
    return stack.app.rules.to_ascii(domain.strip().lower().removesuffix("."))


def who(stack: Stack) -> str:
    """Whom the timeline names: the caller as AWS knows it, on this machine its user."""
    if stack.is_local:
        return getpass.getuser()
    arn: str = client("sts").get_caller_identity()["Arn"]
    return arn


# ---------------------------------------------------------------- what waits


def list_awaiting(stack: str | None, account: str | None, *, json: bool) -> None:
    """What waits for a decision, the oldest first."""
    with deployed(stack) as found:
        pending = found.app.store.pending_approvals()
        waiting = [a for a in pending if account in (None, a.account_id)]
        now = found.app.clock.now()
    waiting.sort(key=lambda a: (a.requested_at, a.approval_id))
    if json:
        print_json([awaiting_as_json(approval, now) for approval in waiting])
    else:
        _print_awaiting(waiting, now)


def awaiting_as_json(approval: Approval, now: datetime) -> dict[str, Any]:
    price = approval.price or Price()
    amount = price.amount
    return {
        "approval_id": approval.approval_id,
        "kind": approval.kind.value,
        "asked": what_is_asked(approval),
        "subject": approval.subject,
        "account_id": approval.account_id,
        "organisation_id": approval.organisation_id,
        "ticket": str(approval.ticket),
        "price": None if amount is None else float(amount),
        "currency": None if amount is None else price.currency,
        "period": price.period,
        "price_text": "" if approval.price is None else str(approval.price),
        "reason": approval.reason,
        "internal": approval.internal,
        "requested_at": approval.requested_at.isoformat(),
        "age_seconds": int((now - approval.requested_at).total_seconds()),
        "expires_at": approval.expires_at.isoformat(),
    }


def _print_awaiting(waiting: list[Approval], now: datetime) -> None:
    if not waiting:
        err.print("Nothing waits to be decided.")
        return
    table = Table("Waits", "What is asked", "Price", "Age", "Expires", "Ticket", box=None)
    for approval in waiting:
        why = f"{what_is_asked(approval)}\n{approval.reason} {approval.internal}".strip()
        cells = (
            f"{approval.subject}\n{approval.approval_id}",
            why,
            "" if approval.price is None else str(approval.price),
            _age(now - approval.requested_at),
            f"{approval.expires_at:%Y-%m-%d %H:%M}",
            str(approval.ticket),
        )
        table.add_row(*(Text(cell) for cell in cells))
    out.print(table)


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} d {hours % 24} h" if hours >= 24 else f"{hours} h"


# ---------------------------------------------------------------- ends and new beginnings


def offboard(
    domain: Annotated[str, typer.Argument(help="The domain to give up.")],
    by: ByOption = None,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Give a domain up: its place in the account is free again, and SES lets it go.

    An identity at SES that is not the account's own is left alone. Safe to repeat.

    Exit codes: 0 it is off-boarded, 1 it is not known, or has ended otherwise.

    Example: xes offboard news.example.com
    """
    with deployed(stack) as found:
        app = found.app
        stored = _known(domain, found)
        if stored.state in ENDS and stored.state is not State.OFFBOARDED:
            stop(Exit.NO, f"{stored.domain} is {stored.state}: there is nothing to off-board.")
        done = offboard_domain(
            stored.request_id,
            stored.domain,
            by or who(found),
            stored.ticket,
            store=app.store,
            identities=app.identities,
            workflows=app.workflows,
            clock=app.clock,
        )
    if json:
        print_json({"domain": stored.domain, **done})
    else:
        kept = "" if done["identity_gone"] else " SES holds it for somebody else, and keeps it."
        out.print(f"{stored.domain} is off-boarded.{kept}", markup=False)


def retry(
    which: Annotated[
        str, typer.Argument(help="A domain that has ended, or a request's id.", metavar="DOMAIN|ID")
    ],
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Start an ended request again: a new attempt from its own ticket.

    Exit codes: 0 it is started, 1 it is not known, still runs, or has succeeded.

    Example: xes retry news.example.com
    """
    with deployed(stack) as found:
        app = found.app
        stored = _request(which, found)
        try:
            accepted = retry_request(
                stored,
                Delivery(SOURCE, uuid4().hex, stored.request_id),
                store=app.store,
                workflows=app.workflows,
                clock=app.clock,
                random=app.random,
            )
        except StillRunning:
            name = stored.request.domain
            stop(Exit.NO, f"The request for {name} has not ended without success: xes show {name}")
        request_id = accepted.stored.request_id
        answer = {
            "request_id": request_id,
            "attempt": accepted.stored.attempt,
            "status_url": found.status_url(request_id),
        }
    if json:
        print_json(answer)
    else:
        out.print(f"Attempt {answer['attempt']}: request {request_id}.\n{answer['status_url']}")


def recount(
    account: Annotated[str, typer.Argument(help="The account.")],
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Count an account's places again from its domains, after a table was restored or edited.

    Exit codes: 0 the counts are right now, 1 there is no such account, 3 they kept changing.

    Example: xes recount acme
    """
    with deployed(stack) as found:
        known = found.app.store.account(account)
        if known is None:
            stop(Exit.NO, f"There is no account {account}.")
        try:
            counts = recount_slots(known, store=found.app.store)
        except StillChanging as changing:
            stop(Exit.UNKNOWN, f"The count of {changing} kept changing: try again.")
    if json:
        print_json({slot: {"was": was, "is": now} for slot, (was, now) in counts.items()})
    else:
        for slot, (was, now) in counts.items():
            out.print(f"{slot}: {now}" + ("" if was == now else f", not {was}"), markup=False)


def _request(which: str, stack: Stack) -> StoredRequest:
    request_id = which if which.startswith("req_") else _known(which, stack).request_id
    stored = stack.app.store.request(request_id)
    return stored or stop(Exit.NO, f"There is no request {request_id}.")


def _known(domain: str, stack: Stack) -> SendingDomain:
    found = stack.app.store.domain(_name(domain, stack))
    return found or stop(Exit.NO, f"{domain} is not known here.")
