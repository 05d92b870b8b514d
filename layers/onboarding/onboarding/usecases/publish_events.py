"""Put what was written to the timelines and the tickets on the event bus."""

from collections.abc import Iterable
from typing import Any

from onboarding.ports import BusUnavailable, EventBus


def publish_events(
    written: Iterable[tuple[str, str, dict[str, Any]]], *, bus: EventBus
) -> str | None:
    """Publish each ``(position, sort key, body)``; the position of the first that failed, or none.

    The stream comes at least once and in order per domain, and goes on from the position given
    back: consumers see every event, now and then one twice.
    """
    for position, sort_key, body in written:
        detail_type = _detail_type(sort_key, body)
        try:
            bus.publish(detail_type, body)
        except BusUnavailable:
            return position
    return None


def _detail_type(sort_key: str, body: dict[str, Any]) -> str:
    if sort_key.startswith("COMMENT#"):
        return "ticket.comment"
    return f"{'address' if 'address' in body else 'domain'}.{body['what']}"
