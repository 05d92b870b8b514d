"""``xes flags``: the bounces and complaints that were recorded, and who answers for each."""

import csv
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from onboarding.domain.feedback import UNKNOWN_ACCOUNT, Flag
from onboarding.domain.refusal import Refused
from onboarding.usecases.count_feedback import By, count_feedback
from onboarding.usecases.list_flags import erase_recipient, list_flags
from xes.decisions import JsonOption, StackOption
from xes.output import Exit, out, print_json, stop
from xes.stack import Stack, deployed

PERIOD = timedelta(days=29)
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
    by: Annotated[
        By | None, typer.Option(help="Counts and rates instead, by domain, account and so on.")
    ] = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Those whose sender nobody knows instead.")
    ] = False,
    stack: StackOption = None,
    json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List the flags: bounces and complaints, each with who answers for it.

    Recipients are shown as a hash: their addresses are not kept. With --recipient, the flags of one
    address are found by its hash; --erase deletes them. With --by they are added up, of the last 30
    days unless --since says otherwise; what a customer has signed for is not.

    Example: xes flags --account acme --since 2026-11-01 --json
    """
    mistakes = {
        "Choose one of --json and --csv.": json and as_csv,
        "--erase needs --recipient.": erase and recipient is None,
        "--erase deletes all that concerns the address: leave the rest out.": erase
        and (account or domain or since or unknown),
        "--unknown goes without --account.": unknown and account is not None,
        "--by goes with --account, --domain, --since and --json alone.": by is not None
        and (recipient or unknown or as_csv),
    }
    for message, made in mistakes.items():
        if made:
            stop(Exit.WRONG_USE, message)
    start = None if since is None else _time(since)
    with deployed(stack) as found:
        if erase and recipient is not None:
            _erase(recipient, found, json=json)
            return
        if by is not None:
            _count(by, account, domain, start, found, json=json)
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


def _count(
    by: By,
    account: str | None,
    domain: str | None,
    since: datetime | None,
    found: Stack,
    *,
    json: bool,
) -> None:
    app = found.app
    today = app.clock.now().date()
    rows = count_feedback(
        by,
        since.astimezone(UTC).date() if since else today - PERIOD,
        today,
        account_id=account,
        domain=None if domain is None else _name(domain, found),
        flags=app.flags,
        volumes=app.sent_volumes,
        store=app.store,
    )
    if json:
        print_json(rows)
        return
    names = ("Bounces", "Complaints", "Apart", "E-mails", "Bounces %", "Complaints %")
    table = Table(by.value.capitalize(), *names, box=None)
    for row in rows:
        table.add_row(*("–" if value is None else escape(str(value)) for value in row.values()))
    out.print(table)


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
