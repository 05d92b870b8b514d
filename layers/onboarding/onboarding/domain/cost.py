"""What the work on domains costs at AWS, from list prices: an estimate, never a bill.

Prices in US dollars of us-east-1 (aws.amazon.com/<service>/pricing, November 2026); other regions
differ by up to a fifth. Free tiers are left out.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

TRANSITION: Final = 0.025 / 1_000
"""Step Functions, a standard workflow's state transition."""
INVOCATION: Final = 0.20 / 1_000_000
GB_SECOND: Final = 0.0000133334
"""Lambda on arm64."""
WRITE_UNIT: Final = 0.625 / 1_000_000
READ_UNIT: Final = 0.125 / 1_000_000
"""DynamoDB on demand: 1 KiB written, 4 KiB read consistently (8 KiB else)."""
SQS_REQUEST: Final = 0.40 / 1_000_000
EVENT: Final = 1.00 / 1_000_000
"""EventBridge: an event of our own."""
SCHEDULE: Final = 1.00 / 1_000_000
MAIL: Final = 0.10 / 1_000
LOGGED_KB: Final = 0.50 / 1_000_000

_CHECK_SECONDS: Final = 0.4
"""A check of one domain by a workflow, name servers at a distance of 30 ms."""
_FUNCTION_GB: Final = 0.5
_ITEM_UNITS: Final = 6
"""A domain's item with its records and its last report: 3 KiB, in the table and in its index."""


def function_run(seconds: float, memory_gb: float = _FUNCTION_GB) -> float:
    """One invocation, its logs included."""
    return INVOCATION + seconds * memory_gb * GB_SECOND + 0.5 * LOGGED_KB


LOOK: Final = function_run(_CHECK_SECONDS) + _ITEM_UNITS * WRITE_UNIT + 2 * READ_UNIT
"""What a workflow's look at the DNS costs, apart from its transitions."""

STEP: Final = function_run(0.1) + _ITEM_UNITS * WRITE_UNIT + 2 * READ_UNIT + EVENT
"""Any other step, with its line on the timeline and its event."""


@dataclass(frozen=True, slots=True)
class Onboarding:
    """The work on one onboarding: state transitions, looks at the DNS, mails."""

    transitions: int
    looks: int
    mails: int

    @property
    def dollars(self) -> float:
        others = 4 + self.mails  # admit, create, send, mark; and each further mail
        return (
            self.transitions * TRANSITION
            + self.looks * LOOK
            + others * STEP
            + self.mails * (MAIL + 2 * WRITE_UNIT)
        )


WATCHED_CHECK: Final = (
    # The watch and its place in the index: moved, so written twice there.
    3 * WRITE_UNIT
    # Read by the poller and the checker, eventually consistent, with the domain's own item.
    + 1.5 * READ_UNIT
    # A 250th of a message: sent, received, deleted.
    + 3 * SQS_REQUEST / 250
    # A five-hundredth of an invocation of 1 GB that checks 250 domains a second.
    + function_run(2.0, 1.0) / 500
)
"""One check of a domain by the watch."""

CHECKS_A_DAY: Final = 1 / 0.95
"""Of a domain that has been verified for more than a week; jitter shortens the day by up to a
tenth."""

EACH_FIVE_MINUTES: Final = 6
"""Functions of the template: recovery of requests and of services, approvals, documents, claims,
feedback."""

SCHEDULES_A_DAY: Final = 24 * (60 + EACH_FIVE_MINUTES * 12 + 6) + 1
"""The poller each minute, SES's list each ten; one report."""

ALARMS: Final = 17
ALARM: Final = 0.10
"""CloudWatch, a month; the ten that are free are not left out."""

SECRETS: Final = 3
SECRET: Final = 0.40
"""Secrets Manager, a month."""

MONTH: Final = 30
"""Days of a month, here and in docs/scale.md."""

STANDING_A_DAY: Final = (ALARMS * ALARM + SECRETS * SECRET) / MONTH
"""What the stack costs while nothing happens."""


def lists_a_day(identities: int) -> float:
    """How often SES's whole list is read, a thousand a second, by a run each ten minutes that works
    for 13.5 of its 15 minutes at most: a longer one ends at a later run."""
    runs = max(1, ceil(identities / 1_000 * 1.05 / 810))
    return 24 * 6 if identities < 570_000 else 24 * 6 / (2 * runs - 1)


def kept_a_list(identities: int) -> float:
    """Dollars for keeping what was seen of a list that one run may not get through: 6 octets a
    name, written in a transaction."""
    return 0.0 if identities < 500_000 else 2 * 6 * identities / 1_000 * WRITE_UNIT


def watch_a_day(verified: int) -> float:
    """Dollars a day for the watch over ``verified`` domains, with all that runs by the clock and
    all that stands."""
    base = SCHEDULES_A_DAY * (SCHEDULE + function_run(0.2) + 10 * READ_UNIT)
    # Each run on SES's list reads every watch (300 octets) from the index.
    compared = 24 * 6 * verified * 0.3 / 8 * READ_UNIT
    compared += lists_a_day(verified) * kept_a_list(verified)
    # The daily report reads every domain's item (3 KiB) once to count them, once to compare.
    reported = 2 * verified * 3 / 8 * READ_UNIT
    watched = verified * CHECKS_A_DAY * WATCHED_CHECK
    return STANDING_A_DAY + base + compared + reported + watched
