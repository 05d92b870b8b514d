"""Many domains at once: a list as people make it in a spreadsheet, and what became of each line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.approval import ApprovalKind, Ask, Price
from onboarding.domain.onboarding import AccountKind, Slot
from onboarding.domain.plan import Impossible, NeedsApproval, Plan, WithinAllowance, admission
from onboarding.domain.quota import Entitlement, Standing

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket

MOST_OCTETS: Final = 2 * 1024 * 1024
MOST_LINES: Final = 5000
COLUMNS: Final = (
    "domain", "address", "methods", "contact_email", "dmarc_policy", "dmarc_percent",
    "dmarc_report_to", "mail_from",
)  # fmt: skip
DEFAULT_METHODS: Final = ("dkim", "dmarc")


class UnreadableList(Exception):
    """The list as a whole cannot be read; the text says why, for whoever made it."""


class LineOutcome(StrEnum):
    """What became of a line; each has exactly one in the end."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    NOT_APPROVED = "not_approved"


@dataclass(frozen=True, slots=True)
class Batch:
    """One list. ``places``: how many lines may take a place of the account's; none: all."""

    batch_id: str
    ticket: Ticket
    account_id: str
    at: datetime
    lines: int | None = None
    waiting: int = 0
    approval_id: str | None = None
    within: int = 0
    places: int | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, by its number in the file. ``place``: the how-many-th it is of those that take a
    place of the account's; 0 for one that takes none."""

    number: int
    name: str
    wish: Mapping[str, Any]
    place: int = 0
    outcome: LineOutcome | None = None
    request_id: str | None = None
    why: str = ""


# ---------------------------------------------------------------- reading


def read_list(content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """The number of each line in the file, and its wish; raises ``UnreadableList``.

    Takes commas, semicolons and tabs, UTF-8 with or without a mark, and the Windows code page that
    spreadsheets still write. The first line names the columns, in any order.
    """
    if len(content) > MOST_OCTETS:
        raise UnreadableList(f"The list has more than {MOST_OCTETS // 1024 // 1024} MiB.")
    text = decoded(content)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip().lower() for name in next(rows, [])]
        _check(columns)
        found = [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise UnreadableList(f"Line {rows.line_num} is no CSV: {error}.") from error
    if len(found) > MOST_LINES:
        raise UnreadableList(f"The list has {len(found)} lines; {MOST_LINES} are the most at once.")
    for number, row in found:
        yield number, _wish(dict(zip(columns, (cell.strip() for cell in row), strict=False)))


def decoded(content: bytes) -> str:
    """UTF-8, or the code page of spreadsheets that do not write it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _check(columns: list[str]) -> None:
    unknown = [name for name in columns if name and name not in COLUMNS]
    if not {"domain", "address"} & set(columns):
        raise UnreadableList(
            "The first line has to name the columns, and one of them has to be domain. The columns "
            f"are {', '.join(COLUMNS)}."
        )
    if unknown:
        raise UnreadableList(
            f"The list has unknown columns: {', '.join(unknown)}. The columns are "
            f"{', '.join(COLUMNS)}."
        )
    if len(set(columns)) != len(columns):
        raise UnreadableList("The list has a column twice.")


def _wish(cells: Mapping[str, str]) -> dict[str, Any]:
    given = {name: value for name, value in cells.items() if name and value}
    wish: dict[str, Any] = {
        name: given[name]
        for name in ("domain", "address", "contact_email", "mail_from")
        if name in given
    }
    dmarc = {
        "policy": given.get("dmarc_policy"),
        "percent": _number(given.get("dmarc_percent")),
        "report_to": given.get("dmarc_report_to"),
    }
    if any(value is not None for value in dmarc.values()):
        wish["dmarc"] = {name: value for name, value in dmarc.items() if value is not None}
    if "methods" in given:
        wish["methods"] = given["methods"].lower().replace("+", " ").replace(",", " ").split()
    elif "domain" in given:
        wish["methods"] = list(DEFAULT_METHODS)
    return wish


def _number(text: str | None) -> Any:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else text


# ---------------------------------------------------------------- places, counted once


@dataclass(frozen=True, slots=True)
class Places:
    """How many places there are ``within`` the allowance, how many there would be in all once
    ``ask`` is approved, and why there are no more."""

    within: int
    in_all: int
    ask: Ask | None = None
    no_more: str = ""


def places_for(plan: Plan, kind: AccountKind, standing: Standing, wanted: int) -> Places:
    """What ``wanted`` more domains take, counted as if they came one by one, and asked once."""
    within: int | None = None
    grants: Counter[Entitlement] = Counter()
    price: Price | None = None
    taken, no_more = 0, ""
    while taken < wanted:
        match admission(plan, kind, standing):
            case WithinAllowance(slot, _):
                standing = _taking(standing, slot)
                taken += 1
            case NeedsApproval(ask):
                within = taken if within is None else within
                grants.update(ask.grants)
                price = _sum(price, ask.price)
                standing = _granted(standing, ask.grants)
            case Impossible(_, reason):
                no_more = reason
                break
    within = taken if within is None else within
    return Places(within, taken, _ask(wanted, within, grants, price), no_more)


def _taking(standing: Standing, slot: Slot) -> Standing:
    if slot is Slot.ACCOUNT:
        return replace(standing, used=standing.used + 1)
    return replace(standing, pool_used=standing.pool_used + 1)


def _granted(standing: Standing, grants: Mapping[Entitlement, int]) -> Standing:
    return replace(
        standing,
        domain_packs=standing.domain_packs + grants.get(Entitlement.DOMAIN_PACKS, 0),
        free_domains=standing.free_domains + grants.get(Entitlement.FREE_DOMAINS, 0),
    )


def _sum(one: Price | None, other: Price | None) -> Price | None:
    """What is agreed separately stays so; what is free adds nothing."""
    if one is None or other is None or one.amount is None or other.amount is None:
        return other if one is None or (other is not None and other.amount is None) else one
    named = other if other.amount else one
    return Price(one.amount + other.amount, named.currency, named.period, named.beside)


def _ask(
    wanted: int, within: int, grants: Mapping[Entitlement, int], price: Price | None
) -> Ask | None:
    if not grants:
        return None
    packs = grants.get(Entitlement.DOMAIN_PACKS, 0)
    free = grants.get(Entitlement.FREE_DOMAINS, 0)
    parts = [f"{free} more at no charge"] if free else []
    parts += [f"{packs} pack{'' if packs == 1 else 's'} of more domains"] if packs else []
    return Ask(
        ApprovalKind.DOMAIN_PACK if packs else ApprovalKind.FREE_DOMAIN,
        f"One list asks for {wanted} domains; {within} of them fit into what the account has. The "
        f"others take {' and '.join(parts)}, approved once for the whole list.",
        price if price is not None else Price(Decimal(0)),
        dict(grants),
    )


# ---------------------------------------------------------------- the report

LISTED: Final = 200
"""Lines that a ticket is told; a longer report is given in a file."""


def report_rows(lines: Iterable[Line]) -> list[dict[str, str]]:
    """One row for each line, in the order of the file."""
    return [
        {
            "line": str(line.number),
            "name": line.name,
            "outcome": line.outcome.value if line.outcome else "unknown",
            "request_id": line.request_id or "",
            "reason": line.why,
        }
        for line in sorted(lines, key=lambda line: line.number)
    ]


def as_csv(rows: Iterable[Mapping[str, str]]) -> str:
    """For spreadsheets: a cell that one of them would take for a formula is made text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ("line", "name", "outcome", "request_id", "reason"))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _text(value) for name, value in row.items()})
    return out.getvalue()


def _text(value: str) -> str:
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def report_text(batch: Batch, rows: list[dict[str, str]]) -> str:
    """What the ticket is told: the sum, and every line that is not simply under way."""
    if batch.trouble:
        return f"The list was not taken; nothing was set up. {batch.trouble}"
    counts = Counter(row["outcome"] for row in rows)
    sum_ = ", ".join(f"{count} {_WORDS[outcome]}" for outcome, count in sorted(counts.items()))
    telling = [row for row in rows if row["outcome"] != LineOutcome.ACCEPTED.value]
    shown = rows if len(rows) <= LISTED else telling[:LISTED]
    text = [f"The list has {len(rows)} lines: {sum_ or 'none'}."]
    text += [
        f"- line {r['line']}, {r['name']}: {_WORDS[r['outcome']]}. {r['reason']}" for r in shown
    ]
    text.append(f"All lines, and where each stands now: `xes batch {batch.batch_id}`.")
    return "\n".join(line.rstrip() for line in text)


_WORDS: Final = {
    "accepted": "under way",
    "known": "asked for before",
    "duplicate": "in the list twice",
    "refused": "not valid",
    "not_approved": "not approved",
    "unknown": "not finished",
}
