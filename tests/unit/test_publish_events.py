"""From the table's stream to the event bus."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from onboarding.domain.request import Ticket
from onboarding.port_errors import BusUnavailable
from onboarding.usecases.publish_events import publish_events


@dataclass
class FakeBus:
    """Takes events until it has taken ``room``."""

    room: int = 100
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        if len(self.events) >= self.room:
            raise BusUnavailable("ThrottlingException")
        self.events.append((detail_type, detail))


def no_links(ticket: Ticket) -> list[dict[str, str]]:
    raise AssertionError("only a note for agents gets links")


VERIFIED = ("10", "ENTRY#00000003#00", {"what": "verified", "domain": "a.example"})
COMMENT = ("11", "COMMENT#verified-req_1", {"text": "done", "what": "no matter"})
UNRESOLVED = ("12", "ENTRY#00000004#00", {"what": "mail_unresolved"})


def test_timeline_entries_and_comments_become_events_in_order() -> None:
    bus = FakeBus()
    assert publish_events([VERIFIED, COMMENT, UNRESOLVED], bus=bus, links_of=no_links) is None
    assert bus.events == [
        ("domain.verified", {"what": "verified", "domain": "a.example"}),
        ("ticket.comment", {"text": "done", "what": "no matter"}),
        ("domain.mail_unresolved", {"what": "mail_unresolved"}),
    ]


def test_an_entry_about_an_address_is_an_event_of_addresses() -> None:
    body = {"what": "verified", "address": "a@b.example", "domain": "b.example"}
    bus = FakeBus()
    publish_events([("13", "ENTRY#00000001#00", body)], bus=bus, links_of=no_links)
    assert bus.events == [("address.verified", body)]


def test_the_stream_goes_on_from_the_first_that_failed_and_nothing_behind_it_is_sent() -> None:
    bus = FakeBus(room=1)
    assert publish_events([VERIFIED, COMMENT, UNRESOLVED], bus=bus, links_of=no_links) == "11"
    assert [name for name, _ in bus.events] == ["domain.verified"]


def test_nothing_written_is_nothing_sent() -> None:
    assert publish_events([], bus=FakeBus(), links_of=no_links) is None


def test_publishing_the_same_twice_sends_the_same_events_again() -> None:
    bus = FakeBus()
    for _ in range(2):
        publish_events([VERIFIED], bus=bus, links_of=no_links)
    assert bus.events == [("domain.verified", VERIFIED[2])] * 2


def a_note(*, public: bool = False) -> tuple[str, str, dict[str, Any]]:
    ticket = {"source": "standard", "ticket_id": "4711"}
    return "14", "COMMENT#x", {"ticket": ticket, "text": "done", "public": public, "at": "…"}


def published(
    note: tuple[str, str, dict[str, Any]], links_of: Callable[[Ticket], list[dict[str, str]]]
) -> dict[str, Any]:
    bus = FakeBus()
    assert publish_events([note], bus=bus, links_of=links_of) is None
    return bus.events[0][1]


def test_a_note_for_agents_leads_to_the_domains_of_its_ticket() -> None:
    link = {"domain": "a.example", "url": "https://api.example/v1/console/t"}

    def links_of(ticket: Ticket) -> list[dict[str, str]]:
        assert ticket == Ticket("standard", "4711")
        return [link]

    assert published(a_note(), links_of) == {**a_note()[2], "links": [link]}


def test_what_the_customer_reads_has_no_link_for_agents() -> None:
    assert published(a_note(public=True), no_links) == a_note(public=True)[2]


def test_a_note_is_not_held_up_by_a_link_that_cannot_be_made() -> None:
    def broken(ticket: Ticket) -> list[dict[str, str]]:
        raise RuntimeError("no table")

    assert published(a_note(), broken)["links"] == []
