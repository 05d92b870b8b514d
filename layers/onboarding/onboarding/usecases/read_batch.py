"""Read a list: which lines are valid, what they take, and what has to be approved, once for all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.contracts import InvalidRequest, OnboardingData, parse_onboarding
from onboarding.domain.approval import asked
from onboarding.domain.batch import (
    Batch,
    Line,
    LineOutcome,
    Places,
    UnreadableList,
    places_for,
    read_list,
)
from onboarding.domain.lifecycle import ENDS
from onboarding.domain.plan import plan_of
from onboarding.usecases.submit_batch import list_key

if TYPE_CHECKING:
    from onboarding.domain.names import NameRules
    from onboarding.domain.onboarding import Account
    from onboarding.ports import (
        Approvals,
        BatchFiles,
        BatchStore,
        Clock,
        DomainStore,
        Quotas,
        TicketDesk,
    )

    class Store(DomainStore, Approvals, Quotas, Protocol):
        """What reading a list looks at, and where it asks."""

    DeskOf = Callable[[str], TicketDesk | None]


def items_key(batch_id: str) -> str:
    """The file that the Distributed Map reads."""
    return f"{batch_id}/items.json"


def line_ticket(batch_id: str, number: int) -> str:
    """Each line is a ticket of its own: a thousand domains' news would drown the list's ticket."""
    return f"{batch_id}.{number}"


def read_batch(
    batch_id: str,
    *,
    store: Store,
    batches: BatchStore,
    files: BatchFiles,
    desk_of: DeskOf,
    rules: NameRules,
    clock: Clock,
) -> dict[str, Any]:
    """``{"batch_id", "key", "has_lines": bool, "needs_approval": bool, "approval_id"}``, where
    ``key`` is the file of the lines that are to be submitted.

    Safe to repeat until lines are submitted: the same list gives the same lines, and what is asked
    has the same id. Raises ``LookupError`` for an unknown batch.
    """
    batch = batches.batch(batch_id)
    if batch is None:
        raise LookupError(f"no batch {batch_id}")
    if batch.lines is None:
        batch = _read(batch, store, batches, files, desk_of, rules, clock)
    return {
        "batch_id": batch_id,
        "key": items_key(batch_id),
        "has_lines": batch.waiting > 0,
        "needs_approval": batch.approval_id is not None,
        "approval_id": batch.approval_id,
    }


def _read(
    batch: Batch,
    store: Store,
    batches: BatchStore,
    files: BatchFiles,
    desk_of: DeskOf,
    rules: NameRules,
    clock: Clock,
) -> Batch:
    account = store.account(batch.account_id)
    assert account is not None  # ``submit_batch`` has seen it; accounts are never deleted
    try:
        raw = list(read_list(_content(batch, files, desk_of)))
    except UnreadableList as trouble:
        batch = replace(batch, lines=0, trouble=str(trouble))
        batches.save_batch(batch)
        return batch
    lines = _judged([_valid(batch, n, wish, rules) for n, wish in raw], account, batches)
    wanted = sum(1 for line in lines if line.place)
    plan = plan_of(store.organisation(account.organisation_id))
    places = places_for(plan, account.kind, store.standing(account), wanted)
    lines = [_without_place(line, places) for line in lines]
    waiting = [line for line in lines if line.outcome is None]
    items = [{"batch_id": batch.batch_id, "line": line.number} for line in waiting]
    files.put(items_key(batch.batch_id), json.dumps(items).encode())
    batches.put_lines(batch.batch_id, lines, clock.now())
    batch = replace(
        batch,
        lines=len(lines),
        waiting=len(waiting),
        within=places.within,
        approval_id=_ask(batch, account, places, store, clock),
    )
    batches.save_batch(batch)
    return batch


def _content(batch: Batch, files: BatchFiles, desk_of: DeskOf) -> bytes:
    found = files.get(list_key(batch.batch_id))
    if found is None:
        desk = desk_of(batch.ticket.source)
        found = None if desk is None else desk.attached_list(batch.ticket.ticket_id)
        if found is None:
            raise UnreadableList("No CSV file is attached to the ticket.")
        files.put(list_key(batch.batch_id), found)
    return found


def _valid(
    batch: Batch, number: int, wish: dict[str, Any], rules: NameRules
) -> tuple[Line, OnboardingData | None]:
    name = str(wish.get("domain") or wish.get("address") or "")
    line = Line(number, name, wish)
    ids = {"ticket_id": line_ticket(batch.batch_id, number), "account_id": batch.account_id}
    try:
        data = parse_onboarding({**wish, **ids}, rules)
    except InvalidRequest as invalid:
        why = " ".join(f"{e.field}: {e.message}" for e in invalid.errors)
        return replace(line, outcome=LineOutcome.REFUSED, why=why), None
    return replace(line, name=data.domain or data.address or name), data


def _judged(
    lines: Sequence[tuple[Line, OnboardingData | None]], account: Account, batches: BatchStore
) -> list[Line]:
    """What can be said before anything is submitted, and who takes a place of the account's."""
    names = {data.domain for _, data in lines if data is not None and data.domain is not None}
    known = batches.domains_named(sorted(names))
    seen: dict[str, int] = {}
    judged, place = [], 0
    for line, data in lines:
        if data is None:
            judged.append(line)
            continue
        if line.name in seen:
            why = f"Line {seen[line.name]} has it already."
            judged.append(replace(line, outcome=LineOutcome.DUPLICATE, why=why))
            continue
        seen[line.name] = line.number
        domain = known.get(line.name)
        if domain and domain.account_id == account.account_id and domain.state not in ENDS:
            why = f"It is {domain.state.value} for this account."
            known_line = replace(line, outcome=LineOutcome.KNOWN, why=why)
            judged.append(replace(known_line, request_id=domain.request_id))
            continue
        place += 1 if data.domain is not None else 0
        judged.append(replace(line, place=place if data.domain is not None else 0))
    return judged


def _without_place(line: Line, places: Places) -> Line:
    if line.place <= places.in_all:
        return line
    return replace(line, outcome=LineOutcome.REFUSED, why=places.no_more)


def _ask(batch: Batch, account: Account, places: Places, store: Store, clock: Clock) -> str | None:
    if places.ask is None:
        return None
    approval = asked(
        places.ask,
        origin=batch.batch_id,
        subject=batch.batch_id,
        account_id=account.account_id,
        organisation_id=account.organisation_id,
        ticket=batch.ticket,
        now=clock.now(),
        request_id=batch.batch_id,
    )
    return store.open_approval(approval).approval_id
