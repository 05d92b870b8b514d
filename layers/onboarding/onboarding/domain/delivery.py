"""One webhook call, and what it brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onboarding.domain.onboarding import StoredRequest


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook call: its id is the idempotency key within its source."""

    source: str
    delivery_id: str
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored request; ``is_new`` is false where an earlier delivery had brought it already."""

    stored: StoredRequest
    is_new: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """An authentic call of a ticket system.

    ``event`` is its body in the form of the source ``standard``, or none where it asks for nothing
    of us. ``text`` is what people wrote in the ticket: for reading, never for acting on.
    """

    delivery_id: str
    event: bytes | None
    text: str = ""
