"""``xes batch`` and ``xes onboard --csv``: many domains at once, and one report of them."""

import hashlib
import time
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.table import Table

from onboarding.contracts import BatchData, InvalidRequest
from onboarding.domain.batch import MOST_OCTETS, Batch, as_csv, decoded, report_rows
from onboarding.domain.delivery import Delivery
from onboarding.usecases.submit_batch import submit_batch
from xes.output import Exit, err, out, print_json, stop
from xes.stack import Stack, deployed

SOURCE = "cli"
POLL = 0.5

StackOption = Annotated[
    str | None,
    typer.Option(
        help="The deployed stack; without it a local world, or XES_STACK.", metavar="NAME"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def onboard_list(
    file: Path, account: str, ticket: str | None, stack: str | None, wait: float, *, json: bool
) -> None:
    """Submit the list, and report on it as soon as all lines are decided."""
    try:
        content = file.read_bytes()
    except OSError as error:
        stop(Exit.WRONG_USE, f"{file} cannot be read: {error.strerror}")
    if len(content) > MOST_OCTETS:
        stop(Exit.WRONG_USE, f"{file} has more than {MOST_OCTETS // 1024 // 1024} MiB.")
    number = ticket or f"cli-{uuid4().hex[:12]}"
    with deployed(stack) as found:
        batch = _submitted(found, content, account, number)
        batch = _decided(found, batch.batch_id, wait) or batch
        _report(found, batch, json=json)


def _submitted(found: Stack, content: bytes, account: str, ticket: str) -> Batch:
    digest = hashlib.sha256(content).hexdigest()
    delivery = Delivery(SOURCE, uuid4().hex, digest)
    app = found.app
    data = BatchData(ticket, account, decoded(content))
    try:
        return submit_batch(
            data,
            delivery,
            accounts=app.store,
            batches=app.batches,
            files=app.batch_files,
            workflows=app.batch_workflows,
            clock=app.clock,
        )
    except InvalidRequest as invalid:
        for error in invalid.errors:
            err.print(f"{error.field}: {error.message}", markup=False)
        raise typer.Exit(Exit.WRONG_USE) from invalid


def _decided(found: Stack, batch_id: str, wait: float) -> Batch | None:
    """The batch, once all its lines are decided or it waits for a person; within ``wait`` s."""
    deadline = time.monotonic() + wait
    while True:
        batch = found.app.batches.batch(batch_id)
        if batch is not None and batch.lines is not None:
            undecided = [x for x in found.app.batches.lines(batch_id) if x.outcome is None]
            if not undecided or _waits(found, batch):
                return batch
        if time.monotonic() > deadline:
            return batch
        time.sleep(POLL)


def _waits(found: Stack, batch: Batch) -> bool:
    if batch.approval_id is None:
        return False
    approval = found.app.store.approval(batch.approval_id)
    return approval is not None and approval.status.value == "pending"


def show_batch(
    batch_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a list, bat_….")],
    csv: Annotated[bool, typer.Option("--csv", help="Print the report as CSV.")] = False,
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Show what became of each line of a list, and where its domain stands now.

    Exit codes: 0 all lines are decided, 1 some are not, or the list could not be read.

    Example: xes batch bat_0123456789abcdef01234567 --csv > report.csv
    """
    with deployed(stack) as found:
        batch = found.app.batches.batch(batch_id)
        if batch is None:
            stop(Exit.NO, f"There is no list {batch_id}.")
        if csv:
            print(as_csv(report_rows(found.app.batches.lines(batch_id))), end="")
            return
        _report(found, batch, json=json)


def _report(found: Stack, batch: Batch, *, json: bool) -> None:
    rows: list[dict[str, Any]] = list(report_rows(found.app.batches.lines(batch.batch_id)))
    states = found.app.batches.domains_named([row["name"] for row in rows if row["request_id"]])
    for row in rows:
        domain = states.get(row["name"])
        row["state"] = domain.state.value if domain else None
    waiting = _waits(found, batch)
    approval = batch.approval_id if waiting else None
    if json:
        print_json(
            {
                "batch_id": batch.batch_id,
                "ticket": str(batch.ticket),
                "trouble": batch.trouble or None,
                "awaiting_approval": approval,
                "lines": rows,
            }
        )
    else:
        _print(batch, rows, approval)
    if batch.trouble or batch.lines is None or any(row["outcome"] == "unknown" for row in rows):
        raise typer.Exit(Exit.NO)


def _print(batch: Batch, rows: list[dict[str, Any]], approval: str | None) -> None:
    table = Table("Line", "Domain or address", "Outcome", "State", "Reason", box=None)
    for row in rows:
        table.add_row(row["line"], row["name"], row["outcome"], row["state"] or "", row["reason"])
    out.print(table)
    out.print(f"List {batch.batch_id}, ticket {batch.ticket}.", markup=False)
    if batch.trouble:
        out.print(batch.trouble, markup=False)
    if approval:
        out.print(f"It waits for an approval: xes approve {approval}", markup=False)
