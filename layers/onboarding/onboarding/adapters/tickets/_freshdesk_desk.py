"""Writing into Freshdesk's tickets: notes for agents, replies for customers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from onboarding.adapters.tickets._http import newest_csv, quoted
from onboarding.adapters.tickets.freshdesk import STATUSES, api
from onboarding.domain.ticket_standing import TicketStanding, with_tag

if TYPE_CHECKING:
    from onboarding.adapters.tickets import Needs
    from onboarding.adapters.tickets._settings import Settings

PAGE: Final = 100
PAGES: Final = 50
"""Conversations are listed oldest first; a ticket with more than 5,000 is nobody's."""


class FreshdeskDesk:
    """Implements ``TicketDesk``. Freshdesk has no conditional write: what is in doubt is looked for
    once it has settled."""

    settles_after = 90.0

    def __init__(self, needs: Needs, settings: Settings) -> None:
        self._settings = settings
        self._api = api(needs, settings)

    def holds(self, ticket_id: str, mark: str) -> bool:
        for page in range(1, PAGES + 1):
            found: list[dict[str, Any]] = self._api.get(
                f"/api/v2/tickets/{quoted(ticket_id)}/conversations?page={page}&per_page={PAGE}"
            )
            if any(mark in str(each.get("body_text") or each.get("body")) for each in found):
                return True
            if len(found) < PAGE:
                return False
        return False

    def say(self, ticket_id: str, text: str, mark: str, *, public: bool) -> None:
        body = as_html(f"{text}\n\n{mark}")
        path = f"/api/v2/tickets/{quoted(ticket_id)}"
        if public:
            self._api.post(f"{path}/reply", {"body": body})
        else:
            self._api.post(f"{path}/notes", {"body": body, "private": True})

    def show(self, ticket_id: str, standing: TicketStanding) -> None:
        settings = self._settings.get()
        path = f"/api/v2/tickets/{quoted(ticket_id)}"
        ticket = self._api.get(path)
        tags = list(ticket.get("tags", []))
        status = settings.statuses.get(standing, STATUSES.get(standing))
        changes: dict[str, Any] = {}
        if settings.tags and with_tag(tags, standing) != tags:
            changes["tags"] = with_tag(tags, standing)
        if status is not None and status != str(ticket.get("status")):
            changes["status"] = int(status)
        if changes:
            self._api.put(path, changes)

    def attached_list(self, ticket_id: str) -> bytes | None:
        ticket = self._api.get(f"/api/v2/tickets/{quoted(ticket_id)}")
        files = [(f["name"], f["attachment_url"]) for f in ticket.get("attachments", [])]
        return newest_csv(self._api, reversed(files))


def as_html(text: str) -> str:
    """Freshdesk takes HTML; ours is plain text with line breaks."""
    return escape(text).replace("\n", "<br>")
