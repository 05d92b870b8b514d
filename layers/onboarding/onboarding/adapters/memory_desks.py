"""In-memory doubles of the ports towards ticket systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from onboarding.domain.outgoing_comment import ClaimedElsewhere, OutgoingComment

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket


@dataclass
class _Kept:
    text: str
    public: bool
    delivery: str = "new"
    until: datetime | None = None
    attempts: int = 0
    note: str = ""


@dataclass
class MemoryDesks:
    """Implements ``SourceSettingsStore`` and ``CommentOutbox``; ``keep`` is what the store does."""

    settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    kept: dict[tuple[Ticket, str], _Kept] = field(default_factory=dict)

    def source_settings(self, source: str) -> Mapping[str, Any] | None:
        return self.settings.get(source)

    def put_source_settings(self, source: str, settings: Mapping[str, Any]) -> None:
        self.settings[source] = settings

    def keep(self, ticket: Ticket, key: str, text: str, *, public: bool = False) -> None:
        self.kept.setdefault((ticket, key), _Kept(text, public))

    def claim_comment(
        self, ticket: Ticket, key: str, at: datetime, until: datetime
    ) -> OutgoingComment | ClaimedElsewhere | None:
        found = self.kept.get((ticket, key))
        if found is None or found.delivery in ("delivered", "refused"):
            return None
        if found.delivery == "claimed" and found.until is not None and found.until >= at:
            return ClaimedElsewhere(found.until)
        in_doubt = found.delivery == "claimed"
        found.delivery, found.until = "claimed", until
        found.attempts += 1
        return OutgoingComment(found.text, found.public, found.attempts, in_doubt)

    def release_comment(self, ticket: Ticket, key: str) -> None:
        self.kept[ticket, key].delivery = "waiting"

    def doubt_comment(self, ticket: Ticket, key: str, until: datetime) -> None:
        self.kept[ticket, key].until = until

    def record_comment(self, ticket: Ticket, key: str, at: datetime) -> None:
        self.kept[ticket, key].delivery = "delivered"

    def refuse_comment(self, ticket: Ticket, key: str, why: str, at: datetime) -> None:
        found = self.kept[ticket, key]
        found.delivery, found.note = "refused", why

    def reopen_comment(self, ticket: Ticket, key: str) -> None:
        if self.kept[ticket, key].delivery == "refused":
            self.release_comment(ticket, key)

    def comment_delivery(self, ticket: Ticket, key: str) -> tuple[str, str]:
        found = self.kept.get((ticket, key))
        if found is None or found.delivery == "new":
            return "waiting", ""
        return found.delivery, found.note
