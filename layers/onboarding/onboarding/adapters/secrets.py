"""Webhook secrets from Secrets Manager, cached for minutes."""

import json
import time
from collections.abc import Callable
from typing import Any, Final

MAX_AGE: Final = 300.0
"""Seconds a cached value serves."""

MIN_AGE: Final = 5.0
"""Seconds before a value is asked for again on suspicion: forged calls must not become load."""


class SecretsManagerSecrets:
    """Implements ``WebhookSecrets``.

    The secret is a JSON object with, for each source, one secret or a list of them, newest first:
    while a rotation runs, two are valid.
    """

    def __init__(
        self, client: Any, secret_id: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._monotonic = monotonic
        self._read_at = float("-inf")
        self._values: dict[str, tuple[str, ...]] = {}

    def secrets(self, source: str, *, fresh: bool = False) -> tuple[str, ...]:
        age = self._monotonic() - self._read_at
        if age > (MIN_AGE if fresh else MAX_AGE):
            self._read()
        return self._values.get(source, ())

    def _read(self) -> None:
        text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
        self._values = {
            source: (value,) if isinstance(value, str) else tuple(value)
            for source, value in json.loads(text).items()
        }
        self._read_at = self._monotonic()
