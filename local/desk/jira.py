"""Jira Service Management's requests and Jira's issues, as far as they are read and written.

developer.atlassian.com/cloud/jira/service-desk/rest and .../platform/rest/v3; limits are told by
429 with ``Retry-After`` (.../platform/rate-limiting).
"""

from collections.abc import Callable
from typing import Any, Final

from local.desk.api import AUTHOR, Limit, Reply, Request, Routes, attached, basic, file_urls, iso
from local.desk.tickets import Comment, LocalTicket, NoSuchTicket, Tickets

TRANSITIONS: Final = {
    "11": "Open",
    "21": "Waiting for customer",
    "31": "Waiting for support",
    "41": "Resolved",
    "51": "Closed",
}
"""By id: every status can be reached from every other one, but from the last."""


class Jira:
    """``credentials`` as in the secret: ``{"email", "token"}``."""

    name = "jira"

    def __init__(
        self, tickets: Tickets, credentials: dict[str, str], clock: Callable[[], float]
    ) -> None:
        self._tickets = tickets
        self.credentials = credentials
        self._calls = Limit(500, 60, clock)
        comments = "/rest/servicedeskapi/request/{id}/comment"
        self._routes = Routes(
            {
                f"GET {comments}": self._comments,
                f"POST {comments}": self._comment,
                "GET /rest/api/3/issue/{id}": self._issue,
                "GET /files/{id}/{n}": attached,
                "PUT /rest/api/3/issue/{id}": self._edit,
                "GET /rest/api/3/issue/{id}/transitions": self._transitions,
                "POST /rest/api/3/issue/{id}/transitions": self._move,
            },
            tickets,
            self.name,
        )

    def handle(self, request: Request) -> Reply:
        known = basic(self.credentials["email"], self.credentials["token"])
        if request.headers.get("Authorization") != known:
            return Reply(401, {"errorMessages": ["You are not authenticated."]})
        if wait := self._calls.wait():
            return Reply(429, None, {"Retry-After": str(int(wait) + 1)})
        try:
            found = self._routes.find(request)
        except NoSuchTicket:
            return Reply(404, {"errorMessages": ["Issue does not exist."], "errors": {}})
        if found is None:
            return Reply(404, {"errorMessages": ["No such resource."]})
        handler, ticket = found
        return handler(request, ticket)

    def _comments(self, request: Request, ticket: LocalTicket) -> Reply:
        start, limit = int(request.query("start", "0")), min(50, int(request.query("limit", "50")))
        values = [_comment(comment) for comment in ticket.comments[start : start + limit]]
        last = start + limit >= len(ticket.comments)
        return Reply(200, {"size": len(values), "isLastPage": last, "values": values})

    def _comment(self, request: Request, ticket: LocalTicket) -> Reply:
        given = request.json
        if not isinstance(given.get("body"), str) or not given["body"]:
            return Reply(400, {"errorMessage": "Comment body can not be empty!"})
        public = given.get("public", True)
        return Reply(201, _comment(self._tickets.say(ticket, given["body"], AUTHOR, public=public)))

    def _issue(self, request: Request, ticket: LocalTicket) -> Reply:
        found = issue(ticket)
        files = file_urls(request, ticket, self.name)
        found["fields"]["attachment"] = [{"filename": n, "content": url} for n, url in files]
        return Reply(200, found)

    def _edit(self, request: Request, ticket: LocalTicket) -> Reply:
        for change in request.json.get("update", {}).get("labels", []):
            removed = change.get("remove")
            ticket.tags = [tag for tag in ticket.tags if tag != removed]
            if "add" in change:
                ticket.tags.append(change["add"])
        self._tickets.touch(ticket)
        return Reply(204)

    def _transitions(self, request: Request, ticket: LocalTicket) -> Reply:
        offered = {} if ticket.is_closed else TRANSITIONS
        listed = [{"id": i, "name": name, "to": {"name": name}} for i, name in offered.items()]
        return Reply(200, {"transitions": listed})

    def _move(self, request: Request, ticket: LocalTicket) -> Reply:
        wanted = TRANSITIONS.get(request.json.get("transition", {}).get("id"))
        if wanted is None or ticket.is_closed:
            return Reply(400, {"errorMessages": ["An illegal workflow operation."]})
        ticket.status = wanted
        self._tickets.touch(ticket)
        return Reply(204)


FIELD_IDS: Final = {
    "account": "customfield_10050",
    "domain": "customfield_10051",
    "methods": "customfield_10052",
    "dns_contact": "customfield_10053",
    "mail_from": "customfield_10054",
    "dmarc_policy": "customfield_10055",
    "approval": "customfield_10060",
}
"""The custom fields of this Jira."""


def issue(ticket: LocalTicket) -> dict[str, Any]:
    custom = {FIELD_IDS[name]: value for name, value in ticket.fields.items() if name in FIELD_IDS}
    return {
        "id": ticket.ticket_id.rpartition("-")[2],
        "key": ticket.ticket_id,
        "fields": {
            "summary": ticket.subject,
            "description": ticket.text,
            "labels": ticket.tags,
            "status": {"name": ticket.status},
            "updated": iso(ticket.updated_at),
            **custom,
        },
    }


def _comment(comment: Comment) -> dict[str, Any]:
    return {
        "id": str(comment.comment_id),
        "body": comment.body,
        "public": comment.public,
        "author": {"displayName": comment.author},
        "created": {"iso8601": iso(comment.at)},
    }
