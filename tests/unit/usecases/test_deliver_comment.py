"""Comments reach their tickets once, in order, however the ticket system behaves."""

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from local.desk.api import Request
from local.desk.tickets import LocalTicket
from onboarding.domain.request import Ticket
from onboarding.usecases.deliver_comment import (
    LEASE,
    Delivered,
    GivenUp,
    Later,
    deliver_comment,
    mark_of,
)
from onboarding.usecases.link_agents import LinksOf
from tests.support.ticket_systems import SOURCES, Fate, TicketSystems, comments_of

HOUR = 3600


@dataclass
class SystemClock:
    systems: TicketSystems

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.systems.now, UTC)


@dataclass
class Dice:
    dice: random.Random

    def random(self) -> float:
        return self.dice.random()

    def token_hex(self, octets: int) -> str:
        raise NotImplementedError


@dataclass
class Line:
    """One ticket's line in the queue: the first message waits until it is visible again."""

    ticket: LocalTicket
    keys: deque[str]
    visible_at: float = 0.0


@dataclass
class Outbox:
    """What queue, function and vendors do together, over a simulated clock."""

    systems: TicketSystems
    seed: int = 1
    given_up: list[tuple[str, str]] = field(default_factory=list)
    tries: int = 0
    links_of: LinksOf = field(default=lambda ticket: [])

    def __post_init__(self) -> None:
        self.dice = Dice(random.Random(self.seed))
        self.desks = self.systems.desks()
        self.clock = SystemClock(self.systems)

    def line(self, source: str, *keys: str, public: bool = False) -> Line:
        ticket = self.systems.ask(source)
        line = Line(ticket, deque(keys))
        for number, key in enumerate(keys):
            text = f"{number}: {key}"
            self.systems.desks_store.keep(self.named(ticket), key, text, public=public)
        return line

    def named(self, ticket: LocalTicket) -> Ticket:
        return Ticket(ticket.source, ticket.ticket_id)

    def try_first(self, line: Line) -> Delivered | Later | GivenUp:
        desk = self.desks.get(line.ticket.source)
        assert desk is not None
        self.tries += 1
        return deliver_comment(
            self.named(line.ticket),
            line.keys[0],
            outbox=self.systems.desks_store,
            desk=desk,
            links_of=self.links_of,
            clock=self.clock,
            random=self.dice,
        )

    def step(self, line: Line) -> None:
        if not line.keys or line.visible_at > self.systems.now:
            return
        match self.try_first(line):
            case Later(seconds, _):
                line.visible_at = self.systems.now + int(seconds + 0.999)
            case GivenUp(why):
                self.given_up.append((line.keys.popleft(), why))
            case Delivered():
                line.keys.popleft()

    def run(self, lines: list[Line], seconds: int) -> None:
        """A second at a time; what a vendor does late it does up to half a minute later."""
        for _ in range(seconds):
            for line in lines:
                self.step(line)
            late = self.systems.pool.late
            self.systems.now += 1
            if late and self.dice.random() < 0.1:
                late.pop(0)()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(TicketSystems())


KEYS = ("admitted-1", "records-1", "correction-1", "reminder-day_1", "verified-1")


def test_the_mark_is_the_same_at_every_try_and_another_for_each_comment() -> None:
    ticket = Ticket("zendesk", "1")
    assert mark_of(ticket, "a") == mark_of(ticket, "a")
    assert len({mark_of(ticket, "a"), mark_of(ticket, "b"), mark_of(Ticket("jira", "1"), "a")}) == 3


@pytest.mark.parametrize("source", SOURCES)
def test_comments_arrive_with_the_status_and_one_tag(outbox: Outbox, source: str) -> None:
    line = outbox.line(source, *KEYS, public=True)
    line.ticket.tags.append("vip")
    outbox.run([line], 60)
    assert list(comments_of(line.ticket)) == [f"{n}: {key}" for n, key in enumerate(KEYS)]
    assert all(comment.public for comment in line.ticket.comments)
    assert line.ticket.tags == ["vip", "xes_verified"]
    assert line.ticket.status == {"zendesk": "solved", "freshdesk": "4", "jira": "Resolved"}[source]


@pytest.mark.parametrize("source", SOURCES)
def test_notes_for_agents_are_internal(outbox: Outbox, source: str) -> None:
    line = outbox.line(source, "approval-1")
    outbox.run([line], 5)
    assert [comment.public for comment in line.ticket.comments] == [False]


def links_to_two(ticket: Ticket) -> list[dict[str, str]]:
    return [{"domain": f"{name}.example", "url": f"https://x/{name}"} for name in ("a", "b")]


@pytest.mark.parametrize("source", SOURCES)
def test_notes_for_agents_end_with_links_and_customers_see_none(source: str) -> None:
    outbox = Outbox(TicketSystems(), links_of=links_to_two)
    note, answer = outbox.line(source, "approval-1"), outbox.line(source, "r-1", public=True)
    outbox.run([note, answer], 5)
    links = "For agents, a.example: https://x/a\nFor agents, b.example: https://x/b"
    [noted], [answered] = note.ticket.comments, answer.ticket.comments
    assert noted.body.startswith(f"0: approval-1\n\n{links}\n")
    assert "https" not in answered.body


def test_a_note_whose_links_cannot_be_made_arrives_without(outbox: Outbox) -> None:
    def no_links(ticket: Ticket) -> list[dict[str, str]]:
        raise TimeoutError

    outbox.links_of = no_links
    line = outbox.line("zendesk", "approval-1")
    assert outbox.try_first(line) == Delivered()
    assert list(comments_of(line.ticket)) == ["0: approval-1"]


def outage(dice: random.Random, until: float, systems: TicketSystems) -> Fate:
    """429, faults, silence and lost connections, before, after or long after the work is done."""
    fates = (
        "429", "500", "503", "hang", "reset", "500 done", "503 done", "hang done", "reset done",
        "hang late", "reset late",
    )  # fmt: skip

    def fate(source: str, request: Request) -> str | None:
        if systems.now >= until or dice.random() < 0.1:
            return None
        return dice.choice(fates)

    return fate


@pytest.mark.parametrize("seed", range(20))
def test_after_an_hour_of_trouble_every_comment_has_arrived_once_and_in_order(seed: int) -> None:
    outbox = Outbox(TicketSystems(), seed)
    systems, dice = outbox.systems, random.Random(seed)
    systems.pool.fate = outage(dice, systems.now + HOUR, systems)
    lines = [outbox.line(source, *KEYS) for source in SOURCES for _ in range(3)]
    outbox.run(lines, HOUR)
    outbox.run(lines, HOUR)
    for line in lines:
        assert list(comments_of(line.ticket)) == [f"{n}: {key}" for n, key in enumerate(KEYS)]
        assert line.ticket.tags[-1] == "xes_verified"
    assert outbox.given_up == []


@pytest.mark.parametrize("kind", ["429", "500", "hang", "reset"])
@pytest.mark.parametrize("source", SOURCES)
def test_an_hour_of_one_trouble_alone(source: str, kind: str) -> None:
    outbox = Outbox(TicketSystems())
    systems = outbox.systems
    until = systems.now + HOUR
    systems.pool.fate = lambda s, r: kind if systems.now < until else None
    line = outbox.line(source, *KEYS)
    outbox.run([line], HOUR)
    assert line.ticket.comments == []
    tries = outbox.tries
    assert tries < 60, "the ticket system in trouble is asked seldom"
    outbox.run([line], HOUR)
    assert list(comments_of(line.ticket)) == [f"{n}: {key}" for n, key in enumerate(KEYS)]


def test_it_waits_as_long_as_the_ticket_system_asks(outbox: Outbox) -> None:
    outbox.systems.pool.fate = lambda source, request: "429"
    outcome = outbox.try_first(outbox.line("jira", "records-1"))
    assert isinstance(outcome, Later)
    assert outcome.seconds >= 30


def test_a_comment_in_doubt_is_looked_for_and_not_said_again(outbox: Outbox) -> None:
    line = outbox.line("jira", "verified-1")
    fates = iter(["hang done"])
    outbox.systems.pool.fate = lambda source, request: next(fates, None)
    first = outbox.try_first(line)
    assert isinstance(first, Later)
    assert first.seconds >= 90
    outbox.systems.now += first.seconds
    assert outbox.try_first(line) == Delivered()
    assert len(line.ticket.comments) == 1
    assert line.ticket.status == "Resolved"


@pytest.mark.parametrize("source", SOURCES)
def test_a_comment_is_found_among_hundreds(outbox: Outbox, source: str) -> None:
    line = outbox.line(source, "records-1")
    desk = outbox.desks.get(source)
    assert desk is not None
    tickets, ticket = outbox.systems.tickets, line.ticket
    for number in range(120):
        tickets.say(ticket, f"chatter {number}", "somebody", public=True)
    assert not desk.holds(ticket.ticket_id, "[XES 1]")
    desk.say(ticket.ticket_id, "news", "[XES 1]", public=False)
    for number in range(60):
        tickets.say(ticket, f"chatter {number}", "somebody", public=True)
    assert desk.holds(ticket.ticket_id, "[XES 1]")


def test_a_function_that_died_is_taken_for_a_comment_in_doubt(outbox: Outbox) -> None:
    line = outbox.line("freshdesk", "records-1")
    ticket, now = outbox.named(line.ticket), outbox.clock.now()
    outbox.systems.desks_store.claim_comment(ticket, "records-1", now, now + LEASE)
    assert isinstance(outbox.try_first(line), Later)
    assert line.ticket.comments == []
    outbox.systems.now += LEASE.total_seconds() + 1
    assert outbox.try_first(line) == Delivered()
    assert outbox.try_first(line) == Delivered()
    assert len(line.ticket.comments) == 1


@pytest.mark.parametrize("source", SOURCES)
def test_what_no_ticket_takes_is_given_up_and_the_next_goes_on(outbox: Outbox, source: str) -> None:
    line = outbox.line(source, "records-1", "verified-1")
    number = line.ticket.ticket_id
    line.ticket.ticket_id = "999"
    outbox.systems.desks_store.keep(Ticket(source, "999"), "records-1", "lost")
    outbox.step(line)
    [(key, why)] = outbox.given_up
    assert key == "records-1"
    assert why.startswith("HTTP 404")
    line.ticket.ticket_id = number
    outbox.run([line], 3)
    assert list(comments_of(line.ticket)) == ["1: verified-1"]


def test_a_status_that_is_refused_for_good_costs_no_comment(outbox: Outbox) -> None:
    settings = dict(outbox.systems.desks_store.settings["zendesk"])
    outbox.systems.desks_store.settings["zendesk"] = {
        **settings,
        "statuses": {"verified": "no-such-status"},
    }
    line = outbox.line("zendesk", "verified-1")
    outcome = outbox.try_first(line)
    assert isinstance(outcome, Delivered)
    assert "422" in outcome.note
    assert len(line.ticket.comments) == 1


def test_rotated_credentials_are_read_anew_without_a_restart(outbox: Outbox) -> None:
    line = outbox.line("zendesk", "admitted-1", "records-1")
    outbox.step(line)
    reads: list[bool] = []
    old = dict(outbox.systems.credentials["zendesk"])
    vendor = outbox.systems.pool.vendors["zendesk"]
    fresh = {**old, "token": "rotated-token-of-zendesk"}
    vendor.credentials = fresh  # type: ignore[attr-defined]

    class Rotated:
        def of(self, source: str, is_fresh: bool) -> dict[str, str]:
            reads.append(is_fresh)
            return fresh if is_fresh else old

    needs = outbox.systems.needs
    from onboarding.adapters.tickets import Needs, TicketDesks

    rotated = Needs(
        needs.secrets, needs.settings, Rotated, needs.real_time, needs.is_local, needs.pool
    )
    outbox.desks = TicketDesks(lambda: rotated)
    assert outbox.try_first(line) == Delivered()
    assert True in reads
    assert len(line.ticket.comments) == 2


def test_credentials_that_are_refused_let_the_comment_wait(outbox: Outbox) -> None:
    line = outbox.line("zendesk", "records-1")
    vendor = outbox.systems.pool.vendors["zendesk"]
    vendor.credentials = {"email": "other", "token": "other"}  # type: ignore[attr-defined]
    outcome = outbox.try_first(line)
    assert isinstance(outcome, Later)
    assert outcome.seconds >= 300
