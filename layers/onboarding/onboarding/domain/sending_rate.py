"""Increases of SES's sending rate."""

from dataclasses import dataclass
from enum import StrEnum


class IncreaseStatus(StrEnum):
    """What AWS has decided on an increase."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class RateIncrease:
    """An increase of the sending rate that was asked for; ``desired`` is in messages a second."""

    increase_id: str
    desired: float
    status: IncreaseStatus
