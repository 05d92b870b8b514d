"""The tokens of links: what is kept of one, so that whoever reads the table can open nothing."""

import hashlib
from typing import Final

TOKEN_OCTETS: Final = 32
"""256 bits: nobody guesses one."""


def token_hash(token: str) -> str:
    """What is kept of a link's token. It has 256 bits of chance: a plain hash keeps it secret."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
