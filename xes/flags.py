"""``xes flags``: the bounces and complaints that were recorded, and who answers for each."""

import csv
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from onboarding.domain.feedback import UNKNOWN_ACCOUNT, Flag
from onboarding.domain.refusal import Refused
from onboarding.usecases.list_flags import erase_recipient, list_flags
from xes.decisions import JsonOption, StackOption
from xes.output import Exit, out, print_json, stop
from xes.stack import Stack, deployed

COLUMNS = (
    "at", "account_id", "domain", "kind", "type", "subtype", "responsible", "feedback_id",
    "recipient_hash",
)  # fmt: skip


def flags(
    account: Annotated[str | None, typer.Option(help="Only this account's.")] = None,
    domain: Annotated[
        str | None, typer.Option(help="Only this domain's, those of its addresses included.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Only from this day or time on, in UTC.", metavar="TIME")
    ] = None,
    recipient: Annotated[
        str | None,
        typer.Option(help="Only what concerns this address: an export for its owner."),
    ] = None,
    erase: Annotated[
        bool, typer.Option("--erase", help="Delete what concerns --recipient, for good.")
    ] = False,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Those whose sender nobody knows instead.")
    ] = False,
    stack: StackOption = None,
    json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List the flags: bounces and complaints, each with who answers for it.

    Recipients are shown as a hash: their addresses are not kept. With --recipient, the flags of one
    address are found by its hash; --erase deletes them.

    Example: xes flags --account acme --since 2026-11-01 --json
    """
    if json and as_csv:
        stop(Exit.WRONG_USE, "Choose one of --json and --csv.")
    if erase and recipient is None:
        stop(Exit.WRONG_USE, "--erase needs --recipient.")
    if erase and (account or domain or since or unknown):
        stop(Exit.WRONG_USE, "--erase deletes all that concerns the address: leave the rest out.")
    if unknown and account is not None:
        stop(Exit.WRONG_USE, "--unknown goes without --account.")
    start = None if since is None else _time(since)
    with deployed(stack) as found:
        if erase and recipient is not None:
            _erase(recipient, found, json=json)
            return
        listed = list_flags(
            flags=found.app.flags,
            key=found.app.recipient_key,
            account_id=UNKNOWN_ACCOUNT if unknown else account,
            domain=None if domain is None else _name(domain, found),
            since=start,
            recipient=recipient,
        )
    if json:
        print_json([flag.as_json() for flag in listed])
    elif as_csv:
        _print_csv(listed)
    else:
        _print_table(listed)


def _time(text: str) -> datetime:
    try:
        if len(text) == len("2026-11-01"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        time = datetime.fromisoformat(text)
    except ValueError:
        stop(Exit.WRONG_USE, f"--since: {text} is no day or time, such as 2026-11-01.")
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _name(text: str, found: Stack) -> str:
    try:
        return found.app.rules.to_ascii(text.strip().removesuffix(".")).lower()
    except (ValueError, Refused) as error:
        stop(Exit.WRONG_USE, f"--domain: {error}")


def _erase(recipient: str, found: Stack, *, json: bool) -> None:
    erased = erase_recipient(recipient, flags=found.app.flags, key=found.app.recipient_key)
    if json:
        print_json({"erased": erased})
    else:
        out.print(f"Deleted: {erased}.")


def _print_csv(listed: Iterable[Flag]) -> None:
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: _harmless(value) for name, value in flag.as_json().items()} for flag in listed
    )


def _harmless(value: str | None) -> str | None:
    """A spreadsheet would take a value that begins so for a formula."""
    return f"'{value}" if value and value[0] in "=+-@\t\r" else value


def _print_table(listed: Iterable[Flag]) -> None:
    names = ("At", "Account", "Domain", "Kind", "Type", "Responsible", "Recipient")
    table = Table(*names, box=None)
    for flag in listed:
        what = "/".join(text for text in (flag.type, flag.subtype) if text)
        recipient = f"{flag.recipient_hash[:12]}@{flag.recipient_domain}"
        row = (flag.account_id, flag.domain, flag.kind.value, what, flag.responsible.value)
        table.add_row(
            f"{flag.at:%Y-%m-%d %H:%M}", *(escape(text) for text in row), escape(recipient)
        )
    out.print(table)
