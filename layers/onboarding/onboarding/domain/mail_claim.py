"""Claims on mails that must not be sent twice."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Claim(StrEnum):
    """How a claim on an effect that must not happen twice went."""

    GRANTED = "granted"
    DONE = "done"
    UNRESOLVED = "unresolved"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class StaleClaim:
    """A mail about a domain or an address that was claimed and neither recorded nor given back."""

    subject: str
    key: str
    claimed_at: datetime
