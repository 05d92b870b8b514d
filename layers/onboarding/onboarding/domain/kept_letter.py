"""A mail as it was sent, kept for agents to look at."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A mail as it was sent, but for its links and its recipient: a token opens a page, and an
    address is nobody's business. ``key`` is that of the ledger; ``message`` is RFC 5322's octets.
    """

    domain: str
    key: str
    kind: str
    at: datetime
    message: bytes
