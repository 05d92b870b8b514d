"""Writing into Jira Service Management's requests.

Comments by the service desk API, which knows public and internal ones; labels and the status by
Jira's own, where a status is reached by one of the transitions that the workflow offers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from onboarding.adapters.tickets._http import Api, Credentials, newest_csv, quoted
from onboarding.adapters.tickets.jira import NAME, STATUSES
from onboarding.domain.ticket_standing import TicketStanding

if TYPE_CHECKING:
    from onboarding.adapters.tickets import Needs
    from onboarding.adapters.tickets._settings import Settings

PAGE: Final = 50
"""Comments a page: the most that the service desk API gives."""
PAGES: Final = 100


class JiraDesk:
    """Implements ``TicketDesk``. Jira has no conditional write: what is in doubt is looked for once
    it has settled."""

    settles_after = 90.0

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
        for page in range(PAGES):
            found = self._api.get(
                f"/rest/servicedeskapi/request/{quoted(ticket_id)}/comment"
                f"?start={page * PAGE}&limit={PAGE}"
            )
            if any(mark in str(comment.get("body")) for comment in found["values"]):
                return True
            if found.get("isLastPage", True):
                return False
        return False

    def say(self, ticket_id: str, text: str, mark: str, *, public: bool) -> None:
        self._api.post(
            f"/rest/servicedeskapi/request/{quoted(ticket_id)}/comment",
            {"body": f"{text}\n\n{mark}", "public": public},
        )

    def show(self, ticket_id: str, standing: TicketStanding) -> None:
        settings = self._settings.get()
        path = f"/rest/api/3/issue/{quoted(ticket_id)}"
        fields = self._api.get(f"{path}?fields=labels,status")["fields"]
        if settings.tags:
            self._label(path, list(fields.get("labels", [])), standing)
        wanted = settings.statuses.get(standing, STATUSES.get(standing))
        if wanted is not None and wanted != fields["status"]["name"]:
            self._move(path, wanted)

    def attached_list(self, ticket_id: str) -> bytes | None:
        path = f"/rest/api/3/issue/{quoted(ticket_id)}?fields=attachment"
        files = self._api.get(path)["fields"].get("attachment", [])
        return newest_csv(self._api, [(f["filename"], f["content"]) for f in reversed(files)])

    def _label(self, path: str, labels: list[str], standing: TicketStanding) -> None:
        others = [
            each.tag for each in TicketStanding if each is not standing and each.tag in labels
        ]
        changes = [{"remove": tag} for tag in others]
        if standing.tag not in labels:
            changes.append({"add": standing.tag})
        if changes:
            self._api.put(path, {"update": {"labels": changes}})

    def _move(self, path: str, status: str) -> None:
        """A workflow that has no way to ``status`` from here leaves it as it is."""
        offered = self._api.get(f"{path}/transitions")["transitions"]
        for transition in offered:
            if transition["to"]["name"] == status:
                self._api.post(f"{path}/transitions", {"transition": {"id": transition["id"]}})
                return


def credentials(given: Any) -> Credentials:
    """``{"email", "token"}``, an API token; or ``{"oauth_token"}``."""
    if "oauth_token" in given:
        return Credentials(given["oauth_token"])
    return Credentials("", given["email"], given["token"])
