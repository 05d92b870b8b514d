"""Say one comment in its ticket: claim, say, record; in doubt look first, so it arrives once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from onboarding.domain.outgoing_comment import ClaimedElsewhere, OutgoingComment
from onboarding.domain.ticket_standing import standing_of
from onboarding.port_errors import DeskBusy, DeskInDoubt, DeskRefused
from onboarding.usecases.link_agents import LinksOf, links_or_none

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket
    from onboarding.ports import Clock, CommentOutbox, Random, TicketDesk

LEASE: Final = timedelta(seconds=180)
"""Longer than a delivery can take: three calls of at most 25 s, each tried with two credentials."""
FIRST_WAIT: Final = 2.0
LONGEST_WAIT: Final = 900.0
"""Seconds between tries; a ticket system that is down for an hour is asked some ten times."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """It has arrived, now or before. ``note``: why the ticket's status could not be changed."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """It has to be tried again in so many ``seconds``."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The ticket system will never take it."""

    why: str


def deliver_comment(
    ticket: Ticket,
    key: str,
    *,
    outbox: CommentOutbox,
    desk: TicketDesk,
    links_of: LinksOf,
    clock: Clock,
    random: Random,
) -> Delivered | Later | GivenUp:
    """Safe to repeat and to run many times at once.

    A note that only agents read ends with ``links_of`` its ticket, made now: what is kept has no
    tokens. ``clock`` is the real one: ticket systems and queues know no other. Whoever calls keeps
    the order: the next comment of a ticket is tried only once this one has arrived or was given up.
    """
    now = clock.now()
    claim = outbox.claim_comment(ticket, key, now, now + LEASE)
    if claim is None:
        return Delivered()
    if isinstance(claim, ClaimedElsewhere):
        return Later(max(1.0, (claim.until - now).total_seconds()), "claimed")
    return _Attempt(ticket, key, claim, outbox, desk, links_of, clock, random).run()


@dataclass
class _Attempt:
    """``in_doubt``: whether, as far as is known now, the comment may be in the ticket."""

    ticket: Ticket
    key: str
    comment: OutgoingComment
    outbox: CommentOutbox
    desk: TicketDesk
    links_of: LinksOf
    clock: Clock
    random: Random
    in_doubt: bool = False
    note: str = ""

    def run(self) -> Delivered | Later | GivenUp:
        self.in_doubt = self.comment.in_doubt
        try:
            self._say()
            self.note = self._show()
        except DeskInDoubt as doubt:
            self.in_doubt = True
            return self._later(doubt)
        except DeskBusy as busy:
            return self._later(busy)
        except DeskRefused as refused:
            self.outbox.refuse_comment(self.ticket, self.key, str(refused), self.clock.now())
            return GivenUp(str(refused))
        self.outbox.record_comment(self.ticket, self.key, self.clock.now())
        return Delivered(self.note)

    def _say(self) -> None:
        mark = mark_of(self.ticket, self.key)
        if self.in_doubt and self.desk.holds(self.ticket.ticket_id, mark):
            return
        self.in_doubt = False
        self.desk.say(self.ticket.ticket_id, self._text(), mark, public=self.comment.public)
        self.in_doubt = True

    def _text(self) -> str:
        if self.comment.public:
            return self.comment.text
        links = links_or_none(self.ticket, self.links_of)
        lines = [f"For agents, {link['domain']}: {link['url']}" for link in links]
        return "\n\n".join([self.comment.text, *filter(None, ["\n".join(lines)])])

    def _show(self) -> str:
        """Why the status could not be changed, where the ticket system refuses it for good: the
        comment has arrived for all that. Where it fails for now, the comment is in doubt, is found
        again by its mark, and only the status is tried again."""
        standing = standing_of(self.key)
        try:
            if standing is not None:
                self.desk.show(self.ticket.ticket_id, standing)
        except DeskRefused as refused:
            return str(refused)
        return ""

    def _later(self, why: DeskBusy) -> Later:
        seconds = self._wait(why)
        if not self.in_doubt:
            self.outbox.release_comment(self.ticket, self.key)
            return Later(seconds, str(why))
        seconds = max(seconds, self.desk.settles_after)
        until = self.clock.now() + timedelta(seconds=seconds)
        self.outbox.doubt_comment(self.ticket, self.key, until)
        return Later(seconds + 1, str(why))

    def _wait(self, why: DeskBusy) -> float:
        """Full jitter, and never less than what the ticket system asks for."""
        ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(self.comment.attempts, 20))
        return float(max(self.random.random() * ceiling, why.retry_after or 0.0, 1.0))


def mark_of(ticket: Ticket, key: str) -> str:
    """The line below a comment by which it is found again; the same at every try."""
    digest = hashlib.sha256(f"{ticket}#{key}".encode()).hexdigest()[:12]
    return f"[XES {digest}]"
