"""Put what was written to the timelines and the tickets on the event bus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from onboarding.domain.request import Ticket
from onboarding.port_errors import BusUnavailable
from onboarding.usecases.link_agents import LinksOf, links_or_none

if TYPE_CHECKING:
    from onboarding.ports import EventBus


def publish_events(
    written: Iterable[tuple[str, str, dict[str, Any]]], *, bus: EventBus, links_of: LinksOf
) -> str | None:
    """Publish each ``(position, sort key, body)``; the position of the first that failed, or none.

    The stream comes at least once and in order per domain, and goes on from the position given
    back: consumers see every event, now and then one twice. A comment that only agents read gets
    ``links``: they are made here, since what is kept has no tokens.
    """
    for position, sort_key, body in written:
        detail_type = _detail_type(sort_key, body)
        try:
            bus.publish(detail_type, _with_links(body, links_of) if "ticket" in body else body)
        except BusUnavailable:
            return position
    return None


def _with_links(comment: dict[str, Any], links_of: LinksOf) -> dict[str, Any]:
    if comment["public"]:
        return comment
    return {**comment, "links": links_or_none(Ticket(**comment["ticket"]), links_of)}


def _detail_type(sort_key: str, body: dict[str, Any]) -> str:
    if sort_key.startswith("COMMENT#"):
        return "ticket.comment"
    return f"{'address' if 'address' in body else 'domain'}.{body['what']}"
