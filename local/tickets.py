"""The local ticket system, as whoever works with it sees it: a customer, an agent, a test."""

import json
import urllib.request
from typing import Any

from local.world import World


def _call(world: World, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{world.desk_url}{path}", data, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def open_ticket(
    world: World,
    source: str,
    *,
    subject: str = "",
    text: str = "",
    csv: str | None = None,
    **fields: Any,
) -> str:
    """Open a ticket, whose webhook goes out at once; its id. With ``csv`` it asks for a list of
    domains, which is attached to it."""
    given: dict[str, Any] = {"subject": subject, "text": text, "fields": fields}
    if csv is not None:
        given |= {"csv": csv, "type": "domain.batch.requested"}
    ticket_id: str = _call(world, f"/control/tickets/{source}", given)["ticket_id"]
    return ticket_id


def change_ticket(
    world: World, source: str, ticket_id: str, *, by: str = "Grace Agent", **fields: Any
) -> None:
    """Set fields of the ticket as an agent does; ``approval`` is ``Approved`` or ``Refused``."""
    _call(world, f"/control/tickets/{source}/{ticket_id}", {"fields": fields, "by": by})


def read_ticket(world: World, source: str, ticket_id: str) -> dict[str, Any]:
    ticket: dict[str, Any] = _call(world, f"/control/tickets/{source}/{ticket_id}")
    return ticket


def let_go_wrong(world: World, *faults: dict[str, Any]) -> None:
    """Replace the faults that are to come; see ``local.desk.faults``."""
    _call(world, "/control/faults", list(faults))
