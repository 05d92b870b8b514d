"""Standard Webhooks: the signature of the generic ticket source.

The scheme is the one published as Standard Webhooks: ``webhook-id``, ``webhook-timestamp`` (Unix
seconds) and ``webhook-signature``, a space-separated list of ``v1,<base64>``, each an HMAC-SHA256
over ``id.timestamp.body`` keyed with the base64 part of ``whsec_…``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from onboarding.domain.delivery import Arrived
from onboarding.port_errors import NotAuthentic

if TYPE_CHECKING:
    from onboarding.adapters.tickets import Needs
    from onboarding.ports import WebhookSecrets

TOLERANCE: Final = 300
"""Seconds that a timestamp may be off, either way."""

_ID: Final = re.compile(r"[\x21-\x7e]{1,200}\Z")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}\Z")
MAX_SIGNATURES: Final = 10
"""A list longer than any rotation needs is not worth the hashing."""


def source(needs: Needs) -> StandardWebhooks:
    return StandardWebhooks(needs.secrets, needs.real_time)


class StandardWebhooks:
    """Implements ``TicketSource`` for the source ``standard``.

    ``real_time`` gives Unix seconds of the real clock, whatever pace a local world runs at.
    """

    name = "standard"

    def __init__(self, secrets: WebhookSecrets, real_time: Callable[[], float] = time.time) -> None:
        self._secrets = secrets
        self._real_time = real_time

    def receive(self, headers: Mapping[str, str], body: bytes) -> Arrived:
        return Arrived(self.authenticate(headers, body), body)

    def authenticate(self, headers: Mapping[str, str], body: bytes) -> str:
        now = self._real_time()
        try:
            return verify(headers, body, self._secrets.secrets(self.name), now)
        except NotAuthentic:
            # The sender may have moved to a secret that is newer than the cached ones.
            return verify(headers, body, self._secrets.secrets(self.name, fresh=True), now)


def verify(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], real_now: float) -> str:
    """The delivery id of an authentic call at ``real_now`` (Unix seconds); raises
    ``NotAuthentic``."""
    delivery_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not _ID.match(delivery_id) or not _TIMESTAMP.match(timestamp):
        raise NotAuthentic("webhook-id or webhook-timestamp is missing or malformed")
    if abs(real_now - int(timestamp)) > TOLERANCE:
        raise NotAuthentic("the timestamp is outside the tolerance")
    given = _signatures(headers.get("webhook-signature", ""))
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    # Every pair is compared, so that the time taken says nothing about which one was close.
    matches = [
        hmac.compare_digest(expected, signature)
        for expected in [hmac.digest(key(secret), signed, hashlib.sha256) for secret in secrets]
        for signature in given
    ]
    if not any(matches):
        raise NotAuthentic("no signature matches")
    return delivery_id


def key(secret: str) -> bytes:
    """The HMAC key in ``secret``; the prefix ``whsec_`` may be left out. Raises ``ValueError``."""
    found = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    if not found:
        raise ValueError("a webhook secret is empty: anybody could sign with it")
    return found


def sign(secret: str, delivery_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature`` for ``body``."""
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    digest = hmac.digest(key(secret), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _signatures(header: str) -> list[bytes]:
    found = []
    for part in header.split(" ")[:MAX_SIGNATURES]:
        version, _, encoded = part.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(encoded, validate=True))
            except (binascii.Error, ValueError):
                continue  # a malformed one matches nothing; another may still be right
    return found
