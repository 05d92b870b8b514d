"""What the ticket systems that sign their calls have in common."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from onboarding.port_errors import NotAuthentic

if TYPE_CHECKING:
    from onboarding.ports import WebhookSecrets

PING: Final = "connection.ping"
"""The type of a call that asks for nothing but a sign of life in its ticket."""

_LONE_BACKSLASH: Final = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
"""One that begins no escape of JSON's (RFC 8259 section 7)."""

MIN_SECRET: Final = 16
"""Characters: what is shorter can be guessed, and an empty one is nobody's."""


def with_any(
    secrets: WebhookSecrets, source: str, verify: Callable[[Iterable[bytes]], None]
) -> None:
    """``verify`` with the secrets of ``source``, and once more past the cache: the sender may have
    moved to a secret that is newer than the cached ones."""
    try:
        verify(_keys(secrets.secrets(source)))
    except NotAuthentic:
        verify(_keys(secrets.secrets(source, fresh=True)))


def _keys(secrets: Iterable[str]) -> list[bytes]:
    return [secret.encode() for secret in secrets if len(secret) >= MIN_SECRET]


def delivery_of(*parts: bytes) -> str:
    """The id of a delivery, from what is signed. A ticket system's own id stands in a header, which
    it does not sign: whoever sends a call again could change it."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{digest.hexdigest()}"


def payload_of(body: bytes) -> Mapping[str, Any]:
    """The JSON object in ``body``, or an empty one: what is wrong with it then is told by the
    event's own check. Line breaks and single backslashes inside texts, which templates let through,
    are taken: the body is authentic by now."""
    try:
        # Decoded here: left to itself, the parser would take UTF-16 and UTF-32 for the same text.
        text = body.decode()
        try:
            found = json.loads(text, strict=False)
        except ValueError:
            found = json.loads(_LONE_BACKSLASH.sub(r"\\\\", text), strict=False)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


_OF_AN_ANSWER: Final = ("ticket_id", "approval_id", "by", "note")


def as_event(kind: Any, data: Mapping[str, Any]) -> bytes:
    """An answer means what waits in its ticket, whatever the ticket's other fields say by now."""
    if isinstance(kind, str) and kind.startswith("approval."):
        data = {name: value for name, value in data.items() if name in _OF_AN_ANSWER}
    return json.dumps({"type": kind, "data": data}).encode()


def as_body(kind: str, more: Mapping[str, Any]) -> bytes:
    """A call as a template of ours makes it."""
    return json.dumps({"type": kind, **more}).encode()
