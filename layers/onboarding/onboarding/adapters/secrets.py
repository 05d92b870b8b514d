"""Secrets from Secrets Manager, cached for minutes: what webhooks are signed with, and what the
APIs of ticket systems are called with."""

import json
import time
from collections.abc import Callable
from typing import Any, Final

from onboarding.port_errors import DeskBusy

MAX_AGE: Final = 300.0
"""Seconds a cached value serves."""

MIN_AGE: Final = 5.0
"""Seconds before a value is asked for again on suspicion: forged calls must not become load."""


class _Cached:
    """A secret that is a JSON object, read anew when it is old, or on suspicion."""

    def __init__(
        self, client: Any, secret_id: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._monotonic = monotonic
        self._read_at = float("-inf")
        self._value: dict[str, Any] = {}

    def _current(self, *, fresh: bool) -> dict[str, Any]:
        age = self._monotonic() - self._read_at
        if age > (MIN_AGE if fresh else MAX_AGE):
            text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
            self._value = json.loads(text)
            self._read_at = self._monotonic()
        return self._value


class SecretsManagerSecrets(_Cached):
    """Implements ``WebhookSecrets``.

    The secret is a JSON object with, for each source, one secret or a list of them, newest first:
    while a rotation runs, two are valid.
    """

    def secrets(self, source: str, *, fresh: bool = False) -> tuple[str, ...]:
        value = self._current(fresh=fresh).get(source, ())
        return (value,) if isinstance(value, str) else tuple(value)


class SecretsManagerCredentials(_Cached):
    """The credentials of the ticket systems' APIs: a JSON object with one object a source."""

    def of(self, source: str, fresh: bool) -> dict[str, Any]:
        """Raises ``DeskBusy`` where there are none: a person has to put them there."""
        found = self._current(fresh=fresh).get(source)
        if not isinstance(found, dict):
            raise DeskBusy(f"there are no credentials for the API of {source}", MAX_AGE)
        return found
