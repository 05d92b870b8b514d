"""The operator's daily summary: how many domains stand where, and what needs a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

AGES: Final = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
"""Where waiting domains are told apart by how long they have waited."""

_AGE_NAMES: Final = ("under a day", "1 to 3 days", "3 to 7 days", "over 7 days")
_MOST_NAMES: Final = 20


@dataclass(frozen=True, slots=True)
class Comparison:
    """What SES holds beside what the table knows: names of domains, addresses masked, since a mail
    to the operator is no place for them."""

    unknown_to_table: tuple[str, ...] = ()
    unknown_to_ses: tuple[str, ...] = ()
    addresses_unknown_to_table: tuple[str, ...] = ()
    addresses_unknown_to_ses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """``waiting`` counts domains that wait for their records, by the ages above; ``flags`` bounces
    and complaints of the last day, none where they could not be counted in time; ``comparison`` is
    none where SES was too busy for its whole list; ``dollars`` is an estimate for the last day."""

    at: datetime
    verified: int
    at_risk: tuple[str, ...]
    lost: tuple[str, ...]
    waiting: tuple[int, ...]
    awaiting_approval: int
    awaiting_document: int
    overdue_checks: int
    comparison: Comparison | None
    dollars: float
    flags: int | None = None

    @property
    def subject(self) -> str:
        """At most 100 characters of ASCII, as SNS wants it."""
        return (
            f"XES domains: {self.verified} verified, {len(self.at_risk)} at risk, "
            f"{len(self.lost)} lost, {sum(self.waiting)} waiting"
        )

    @property
    def text(self) -> str:
        lines = [
            f"Domain onboarding on {self.at:%-d %B %Y}, {self.at:%H:%M} UTC",
            "",
            f"Verified               {self.verified}",
            f"At risk                {len(self.at_risk)}{_named(self.at_risk)}",
            f"Lost                   {len(self.lost)}{_named(self.lost)}",
            f"Waiting for records    {sum(self.waiting)}{_by_age(self.waiting)}",
            f"Waiting for a person   {self.awaiting_approval} for an approval, "
            f"{self.awaiting_document} for a signature",
            f"Checks overdue         {self.overdue_checks}",
        ]
        flags = "not counted" if self.flags is None else str(self.flags)
        lines += [
            f"Bounces, complaints    {flags} since yesterday",
            f"Cost, estimated        {self.dollars:.2f} USD a day",
            "",
            *_compared(self.comparison),
        ]
        return "\n".join(lines) + "\n"


def _by_age(waiting: Sequence[int]) -> str:
    pairs = zip(waiting, _AGE_NAMES, strict=True)
    parts = [f"{count} {name}" for count, name in pairs if count]
    return f": {', '.join(parts)}" if parts else ""


def _named(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = len(names) - _MOST_NAMES
    return f": {', '.join(names[:_MOST_NAMES])}" + (f" and {more} more" if more > 0 else "")


def _compared(comparison: Comparison | None) -> list[str]:
    if comparison is None:
        return ["SES was too busy to be listed: what it holds was not compared with the table."]
    told = {
        "SES holds domains that the table does not know": comparison.unknown_to_table,
        "SES does not hold domains that the table knows": comparison.unknown_to_ses,
        "SES holds addresses that the table does not know": comparison.addresses_unknown_to_table,
        "SES does not hold addresses that the table knows": comparison.addresses_unknown_to_ses,
    }
    lines = [f"{what} ({len(names)}){_named(names)}" for what, names in told.items() if names]
    return lines or ["SES and the table agree on what there is."]
