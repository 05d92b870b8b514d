"""Who answers for bounces and complaints at which time.

With a custom MAIL FROM the bounces come back to the customer's own domain and complaints are not
tracked by the operator. So the customer signs for both, or no MAIL FROM is set.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from onboarding.domain.addresses import domain_of


class Responsible(StrEnum):
    """Who answers for bounces and complaints."""

    PROVIDER = "provider"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Period:
    """A time in which a customer answers: from ``since`` on (none: signed for, and the custom MAIL
    FROM is not in use yet), and before ``until`` (none: still).

    It begins when SES uses the custom MAIL FROM that was set for a signed document; it ends when
    SES does not any more, or when the document is revoked.
    """

    account_id: str
    reference: str
    since: datetime | None
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return (
            self.since is not None and self.since <= at and (self.until is None or at < self.until)
        )


def responsible_at(periods: Iterable[Period], account_id: str, at: datetime) -> Responsible:
    """Who answered for the mail that ``account_id`` sent from a domain at ``at``: the customer
    while the MAIL FROM was custom and signed for, else the provider."""
    signed_for = any(p.account_id == account_id and p.covers(at) for p in periods)
    return Responsible.CUSTOMER if signed_for else Responsible.PROVIDER


def provider_days(
    periods: Sequence[Period],
    holdings: Sequence["Holding"],
    account_id: str,
    since: date,
    until: date,
) -> tuple[date, ...]:
    """Those days (of UTC) from ``since`` to ``until``, both included, on which all that
    ``account_id`` may have sent is the provider's to answer for."""
    days = (since + timedelta(days=number) for number in range((until - since).days + 1))
    if not periods and len(holdings) <= 1:
        return tuple(days)
    return tuple(day for day in days if _is_providers(periods, holdings, account_id, day))


def _is_providers(
    periods: Sequence[Period], holdings: Sequence["Holding"], account_id: str, day: date
) -> bool:
    begin = datetime.combine(day, time(), UTC)
    end = begin + timedelta(days=1)
    if any(
        p.account_id == account_id
        and p.since is not None
        and p.since < end
        and (p.until is None or begin < p.until)
        for p in periods
    ):
        return False
    # Once it was somebody else's, the day of the change tells nothing of either.
    ends = (begin, end - timedelta(microseconds=1))
    return not holdings or all(holder_at(holdings, at).account_id == account_id for at in ends)


def ended(periods: tuple[Period, ...], at: datetime) -> tuple[Period, ...]:
    """``periods`` with those that still run, or have not begun, ended at ``at``."""
    return tuple(
        p if p.until is not None else replace(p, since=p.since or at, until=at) for p in periods
    )


def runs(periods: Iterable[Period]) -> bool:
    """Whether a customer answers for what is sent now."""
    return any(p.since is not None and p.until is None for p in periods)


def begun(periods: tuple[Period, ...], at: datetime) -> tuple[Period, ...]:
    """``periods`` as of ``at``, when SES is seen to use the custom MAIL FROM."""
    return tuple(
        replace(p, since=at) if p.since is None and p.until is None else p for p in periods
    )


def interrupted(periods: tuple[Period, ...], at: datetime) -> tuple[Period, ...]:
    """``periods`` as of ``at``, when SES is seen to use its own MAIL FROM: what was signed for is
    signed for, and begins anew with the custom one."""
    running = [p for p in periods if p.since is not None and p.until is None]
    if not running:
        return periods
    return (*ended(periods, at), *(replace(p, since=None) for p in running))


@dataclass(frozen=True, slots=True)
class Holding:
    """From ``since`` on the domain or address is this account's, until the next holding begins."""

    account_id: str
    organisation_id: str
    since: datetime


def holder_at(holdings: Sequence[Holding], at: datetime) -> Holding:
    """Who had it at ``at``; oldest first, at least one. Mail that went out before the first of
    them was sent by that one, who had the identity at SES before it was set up here."""
    begun = [holding for holding in holdings if holding.since <= at]
    return begun[-1] if begun else holdings[0]


def held_on(
    holdings: tuple[Holding, ...], account_id: str, organisation_id: str, since: datetime
) -> tuple[Holding, ...]:
    """``holdings`` with one more where somebody else has it from ``since`` on."""
    last = holdings[-1] if holdings else None
    if last is not None and last.account_id == account_id:
        return holdings
    return (*holdings, Holding(account_id, organisation_id, since))


@dataclass(frozen=True, slots=True)
class SenderHistory:
    """Who had a domain or an address, and answered for it, from when on: what never changes any
    more of the time before it was read."""

    name: str
    holdings: tuple[Holding, ...]
    periods: tuple[Period, ...] = ()

    @property
    def domain(self) -> str:
        return domain_of(self.name)
