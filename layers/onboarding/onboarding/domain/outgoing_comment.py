"""A comment on its way to a ticket system."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OutgoingComment:
    """A comment whose delivery this caller has claimed. ``attempts`` counts this one;
    ``in_doubt``: an earlier one may have arrived."""

    text: str
    public: bool
    attempts: int
    in_doubt: bool


@dataclass(frozen=True, slots=True)
class ClaimedElsewhere:
    """Somebody else delivers it, or it has to settle first."""

    until: datetime
