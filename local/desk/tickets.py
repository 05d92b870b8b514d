"""The tickets, whatever vendor's API they are seen by."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, Final

SOURCES: Final = ("zendesk", "freshdesk", "jira")
FIRST_STATUS: Final = {"zendesk": "new", "freshdesk": "2", "jira": "Open"}
CLOSED: Final = {"zendesk": "closed", "freshdesk": "5", "jira": "Closed"}


class NoSuchTicket(Exception):
    """Nobody has opened this ticket."""


@dataclass(frozen=True)
class Comment:
    """What somebody said in a ticket; customers read only what is ``public``."""

    comment_id: int
    body: str
    public: bool
    author: str
    at: datetime


@dataclass
class LocalTicket:
    """``fields`` are the custom ones, by the names that docs/ gives them."""

    source: str
    ticket_id: str
    subject: str
    text: str
    fields: dict[str, Any]
    status: str
    created_at: datetime
    updated_at: datetime
    tags: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    attachments: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def is_closed(self) -> bool:
        return self.status == CLOSED[self.source]


class Tickets:
    """All tickets, in memory. Times are real and to the second, as the vendors write them, and no
    two changes of a ticket have the same one."""

    def __init__(self, now: Any = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._tickets: dict[tuple[str, str], LocalTicket] = {}
        self._numbers = itertools.count(101)
        self._comment_numbers = itertools.count(1)
        self.lock = RLock()

    def open(self, source: str, subject: str, text: str, fields: dict[str, Any]) -> LocalTicket:
        number = next(self._numbers)
        ticket_id = f"SUP-{number}" if source == "jira" else str(number)
        at = self._now().replace(microsecond=0)
        ticket = LocalTicket(
            source, ticket_id, subject, text, dict(fields), FIRST_STATUS[source], at, at
        )
        self._tickets[source, ticket_id] = ticket
        return ticket

    def ticket(self, source: str, ticket_id: str) -> LocalTicket:
        try:
            return self._tickets[source, ticket_id]
        except KeyError:
            raise NoSuchTicket(f"{source}/{ticket_id}") from None

    def all(self) -> Iterator[LocalTicket]:
        yield from list(self._tickets.values())

    def touch(self, ticket: LocalTicket) -> None:
        second = timedelta(seconds=1)
        ticket.updated_at = max(self._now().replace(microsecond=0), ticket.updated_at + second)

    def say(self, ticket: LocalTicket, body: str, author: str, *, public: bool) -> Comment:
        comment = Comment(next(self._comment_numbers), body, public, author, self._now())
        ticket.comments.append(comment)
        self.touch(ticket)
        return comment
