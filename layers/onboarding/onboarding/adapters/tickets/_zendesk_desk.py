"""Writing into Zendesk's tickets.

Every write is conditional on the ticket's ``updated_at`` as it was read (``safe_update``), so that
a call whose answer was lost, and which is done late, cannot be done beside its repetition: the
ticket has changed by then, and Zendesk answers it with 409.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from onboarding.adapters.tickets._http import Api, Credentials, newest_csv, quoted
from onboarding.adapters.tickets.zendesk import NAME, STATUSES
from onboarding.domain.ticket_standing import TicketStanding, with_tag

if TYPE_CHECKING:
    from onboarding.adapters.tickets import Needs
    from onboarding.adapters.tickets._settings import Settings

PAGE: Final = 100
"""Comments a page; Zendesk's most."""


class ZendeskDesk:
    """Implements ``TicketDesk``."""

    settles_after = 60.0

    def __init__(self, needs: Needs, settings: Settings) -> None:
        self._settings = settings
        secrets = needs.api_secrets()
        self._api = Api(
            lambda: settings.get().base_url,
            lambda fresh: credentials(secrets.of(NAME, fresh)),
            needs.pool,
            needs.real_time,
        )

    def holds(self, ticket_id: str, mark: str) -> bool:
        path = (
            f"/api/v2/tickets/{quoted(ticket_id)}/comments.json"
            f"?sort_order=desc&per_page={PAGE}"
        )  # the newest: what is looked for was said minutes ago
        comments = self._api.get(path)["comments"]
        return any(mark in str(comment.get("body", "")) for comment in comments)

    def say(self, ticket_id: str, text: str, mark: str, *, public: bool) -> None:
        ticket = self._read(ticket_id)
        body = f"{text}\n\n{mark}"
        self._update(ticket_id, ticket, {"comment": {"body": body, "public": public}})

    def show(self, ticket_id: str, standing: TicketStanding) -> None:
        settings, ticket = self._settings.get(), self._read(ticket_id)
        tags = list(ticket.get("tags", []))
        status = settings.statuses.get(standing, STATUSES.get(standing))
        changes: dict[str, Any] = {}
        if settings.tags and with_tag(tags, standing) != tags:
            changes["tags"] = with_tag(tags, standing)
        if status is not None and status != ticket.get("status"):
            changes["status"] = status
        if changes:
            self._update(ticket_id, ticket, changes)

    def attached_list(self, ticket_id: str) -> bytes | None:
        path = f"/api/v2/tickets/{quoted(ticket_id)}/comments.json?sort_order=desc&per_page={PAGE}"
        files = [
            (file["file_name"], file["content_url"])
            for comment in self._api.get(path)["comments"]
            for file in comment.get("attachments", [])
        ]
        return newest_csv(self._api, files)

    def _read(self, ticket_id: str) -> dict[str, Any]:
        ticket: dict[str, Any] = self._api.get(f"/api/v2/tickets/{quoted(ticket_id)}.json")[
            "ticket"
        ]
        return ticket

    def _update(self, ticket_id: str, read: dict[str, Any], changes: dict[str, Any]) -> None:
        conditional = {"updated_stamp": read["updated_at"], "safe_update": True}
        self._api.put(
            f"/api/v2/tickets/{quoted(ticket_id)}.json", {"ticket": {**changes, **conditional}}
        )


def credentials(given: Any) -> Credentials:
    """``{"email", "token"}``, an API token; or ``{"oauth_token"}``."""
    if "oauth_token" in given:
        return Credentials(given["oauth_token"])
    return Credentials("", f"{given['email']}/token", given["token"])
