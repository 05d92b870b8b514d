"""Zendesk's ticketing API, as far as tickets are read and updated.

developer.zendesk.com: api-reference/ticketing/tickets/tickets and /ticket_comments; limits in
/introduction/rate-limits: 700 calls a minute for an account, 30 updates of a ticket in 10 minutes.
"""

from collections.abc import Callable
from typing import Any, Final

from local.desk.api import AUTHOR, Limit, Reply, Request, Routes, attached, basic, file_urls, iso
from local.desk.tickets import LocalTicket, NoSuchTicket, Tickets

STATUSES: Final = ("new", "open", "pending", "hold", "solved", "closed")


class Zendesk:
    """``credentials`` as in the secret: ``{"email", "token"}``."""

    name = "zendesk"

    def __init__(
        self, tickets: Tickets, credentials: dict[str, str], clock: Callable[[], float]
    ) -> None:
        self._tickets = tickets
        self.credentials = credentials
        self._calls = Limit(700, 60, clock)
        self._updates = Limit(30, 600, clock)
        self._routes = Routes(
            {
                "GET /api/v2/tickets/{id}.json": self._show,
                "GET /api/v2/tickets/{id}/comments.json": self._comments,
                "GET /files/{id}/{n}": attached,
                "PUT /api/v2/tickets/{id}.json": self._update,
            },
            tickets,
            self.name,
        )

    def handle(self, request: Request) -> Reply:
        known = basic(f"{self.credentials['email']}/token", self.credentials["token"])
        if request.headers.get("Authorization") != known:
            return Reply(401, {"error": "Couldn't authenticate you"})
        if wait := self._calls.wait():
            return _too_many(wait)
        try:
            found = self._routes.find(request)
        except NoSuchTicket:
            return Reply(404, {"error": "RecordNotFound", "description": "Not found"})
        if found is None:
            return Reply(404, {"error": "InvalidEndpoint", "description": "Not found"})
        handler, ticket = found
        return handler(request, ticket)

    def _show(self, request: Request, ticket: LocalTicket) -> Reply:
        return Reply(200, {"ticket": as_json(ticket)})

    def _comments(self, request: Request, ticket: LocalTicket) -> Reply:
        comments: list[dict[str, Any]] = [
            {"id": c.comment_id, "body": c.body, "public": c.public, "created_at": iso(c.at)}
            for c in ticket.comments
        ]
        files = file_urls(request, ticket, self.name)
        comments.insert(
            0,
            {
                "id": 0,
                "body": ticket.text,
                "public": True,
                "attachments": [{"file_name": n, "content_url": url} for n, url in files],
            },
        )
        if request.query("sort_order", "asc") == "desc":
            comments.reverse()
        size = min(100, int(request.query("per_page", "100")))
        return Reply(200, {"comments": comments[:size], "count": len(comments)})

    def _update(self, request: Request, ticket: LocalTicket) -> Reply:
        changes: dict[str, Any] = request.json.get("ticket", {})
        if wait := self._updates.wait(ticket.ticket_id):
            return _too_many(wait)
        if changes.get("safe_update") and changes.get("updated_stamp") != iso(ticket.updated_at):
            return Reply(
                409,
                {"error": "UpdateConflict", "description": "Safe Update prevented the update."},
            )
        if ticket.is_closed or changes.get("status", "open") not in STATUSES:
            return Reply(422, {"error": "RecordInvalid", "description": "Status: is not valid"})
        ticket.status = changes.get("status", ticket.status)
        ticket.tags = list(changes.get("tags", ticket.tags))
        if comment := changes.get("comment"):
            self._tickets.say(ticket, comment["body"], AUTHOR, public=comment.get("public", True))
        self._tickets.touch(ticket)
        return Reply(200, {"ticket": as_json(ticket), "audit": {}})


def as_json(ticket: LocalTicket) -> dict[str, Any]:
    return {
        "id": int(ticket.ticket_id),
        "subject": ticket.subject,
        "description": ticket.text,
        "status": ticket.status,
        "tags": ticket.tags,
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
    }


def _too_many(wait: float) -> Reply:
    return Reply(429, {"error": "APIRateLimitExceeded"}, {"Retry-After": str(int(wait) + 1)})
