"""Freshdesk's API v2, as far as tickets are read, answered and updated.

developers.freshdesk.com/api: notes and replies are answered with 201, a missing ticket with 404 and
no body; a limit a minute for the account, told in headers (here the 200 of the plan Growth).
"""

from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any, Final

from local.desk.api import AUTHOR, Limit, Reply, Request, Routes, attached, basic, file_urls, iso
from local.desk.tickets import Comment, LocalTicket, NoSuchTicket, Tickets

STATUSES: Final = (2, 3, 4, 5)


class Freshdesk:
    """``credentials`` as in the secret: ``{"api_key"}``."""

    name = "freshdesk"

    def __init__(
        self, tickets: Tickets, credentials: dict[str, str], clock: Callable[[], float]
    ) -> None:
        self._tickets = tickets
        self.credentials = credentials
        self._calls = Limit(200, 60, clock)
        self._routes = Routes(
            {
                "GET /api/v2/tickets/{id}": self._show,
                "GET /api/v2/tickets/{id}/conversations": self._conversations,
                "POST /api/v2/tickets/{id}/notes": self._note,
                "POST /api/v2/tickets/{id}/reply": self._reply,
                "GET /files/{id}/{n}": attached,
                "PUT /api/v2/tickets/{id}": self._update,
            },
            tickets,
            self.name,
        )

    def handle(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != basic(self.credentials["api_key"], "X"):
            message = "You have to be logged in to perform this action."
            return Reply(401, {"code": "invalid_credentials", "message": message})
        if wait := self._calls.wait():
            exceeded = {"message": "You have exceeded the limit of requests per minute"}
            return Reply(429, exceeded, {"Retry-After": str(int(wait) + 1)})
        try:
            found = self._routes.find(request)
        except NoSuchTicket:
            return Reply(404)
        if found is None:
            return Reply(404)
        handler, ticket = found
        reply = handler(request, ticket)
        left = {"X-RateLimit-Total": "200", "X-RateLimit-Remaining": str(self._calls.left())}
        return replace(reply, headers={**reply.headers, **left})

    def _show(self, request: Request, ticket: LocalTicket) -> Reply:
        files = file_urls(request, ticket, self.name)
        attachments = [{"name": name, "attachment_url": url} for name, url in files]
        return Reply(200, {**as_json(ticket), "attachments": attachments})

    def _conversations(self, request: Request, ticket: LocalTicket) -> Reply:
        page, size = int(request.query("page", "1")), min(100, int(request.query("per_page", "30")))
        found = ticket.comments[(page - 1) * size : page * size]
        return Reply(200, [_conversation(comment) for comment in found])

    def _note(self, request: Request, ticket: LocalTicket) -> Reply:
        return self._say(request, ticket, public=not request.json.get("private", True))

    def _reply(self, request: Request, ticket: LocalTicket) -> Reply:
        return self._say(request, ticket, public=True)

    def _say(self, request: Request, ticket: LocalTicket, *, public: bool) -> Reply:
        body = request.json.get("body")
        if not isinstance(body, str) or not body:
            return _invalid("body", "It should be a/an String")
        plain = unescape(body.replace("<br>", "\n"))
        comment = self._tickets.say(ticket, plain, AUTHOR, public=public)
        return Reply(201, _conversation(comment))

    def _update(self, request: Request, ticket: LocalTicket) -> Reply:
        changes = request.json
        if changes.get("status", 2) not in STATUSES:
            return _invalid("status", "It should be one of these values: '2,3,4,5'")
        ticket.status = str(changes.get("status", ticket.status))
        ticket.tags = list(changes.get("tags", ticket.tags))
        self._tickets.touch(ticket)
        return Reply(200, as_json(ticket))


def as_json(ticket: LocalTicket) -> dict[str, Any]:
    return {
        "id": int(ticket.ticket_id),
        "subject": ticket.subject,
        "description": ticket.text,
        "description_text": ticket.text,
        "status": int(ticket.status),
        "tags": ticket.tags,
        "custom_fields": {f"cf_{name}": value for name, value in ticket.fields.items()},
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
    }


def _conversation(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.comment_id,
        "body": comment.body,
        "body_text": comment.body,
        "private": not comment.public,
        "created_at": iso(comment.at),
    }


def _invalid(field: str, message: str) -> Reply:
    error = {"field": field, "message": message, "code": "invalid_value"}
    return Reply(400, {"description": "Validation failed", "errors": [error]})
