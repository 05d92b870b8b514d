"""A list of Amazon SES's that is too long for one run."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of SES's that is read by several runs. ``token``: where it goes on, none at its
    beginning; ``parts``: how many parts of what was seen are kept; ``held_until``: until then the
    run that reads it is at work. ``version`` counts the writes."""

    began: datetime
    token: str | None = None
    parts: int = 0
    held_until: datetime | None = None
    version: int = 0
