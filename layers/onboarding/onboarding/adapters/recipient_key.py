"""Recipients' addresses as keyed hashes."""

import hmac
from functools import cached_property
from typing import Any


class SecretRecipientKey:
    """Implements ``RecipientKey``: HMAC-SHA256 by a secret of Secrets Manager, read once.

    There are few enough addresses in the world to try them all: a plain hash would hide nothing.
    """

    def __init__(self, client: Any, secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id

    def hash(self, address: str) -> str:
        return hmac.digest(self._key, address.encode("utf-8", "replace"), "sha256").hex()

    @cached_property
    def _key(self) -> bytes:
        found = self._client.get_secret_value(SecretId=self._secret_id)
        return str(found["SecretString"]).encode()
