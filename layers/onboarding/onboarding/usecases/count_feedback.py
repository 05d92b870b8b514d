"""What bounces and complaints add up to, by domain, account, organisation or day."""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from onboarding.domain.addresses import domain_of
from onboarding.domain.feedback import Flag
from onboarding.domain.feedback_rates import by_day, of_party, tally
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import SendingDomain
from onboarding.domain.responsibility import Responsible
from onboarding.domain.sender_address import SenderAddress
from onboarding.ports import AddressStore, DomainStore, FlagStore, SentVolumes


class Store(DomainStore, AddressStore, Protocol):
    """What counting reads."""


class By(StrEnum):
    """What is added up."""

    DOMAIN = "domain"
    ACCOUNT = "account"
    ORGANISATION = "organisation"
    DAY = "day"


Subject = SendingDomain | SenderAddress

_OF_FLAG: dict[By, Callable[[Flag], str]] = {
    By.DOMAIN: lambda flag: flag.domain,
    By.ACCOUNT: lambda flag: flag.account_id,
    By.ORGANISATION: lambda flag: flag.organisation_id,
}
_OF_SUBJECT: dict[By, Callable[[Subject], str]] = {
    By.DOMAIN: lambda subject: domain_of(_name(subject)),
    By.ACCOUNT: lambda subject: subject.account_id,
    By.ORGANISATION: lambda subject: subject.organisation_id,
}


def count_feedback(
    by: By,
    since: date,
    until: date,
    *,
    account_id: str | None = None,
    domain: str | None = None,
    flags: FlagStore,
    volumes: SentVolumes,
    store: Store,
) -> list[dict[str, Any]]:
    """``{"domain" (or what ``by`` names), "bounces", "complaints", "apart", "sent", "bounce_rate",
    "complaint_rate"}`` for each that has any; rates in percent, none where SES keeps no numbers.

    Only of what the provider answers for: what a customer has signed for is not added up.
    """
    found = of_party(flags.flags(account_id, domain, since, until), Responsible.PROVIDER)
    known: list[Subject] = [*store.domains(tuple(State)), *store.addresses(tuple(State))]
    subjects = [
        subject
        for subject in known
        if account_id in (None, subject.account_id)
        and domain in (None, domain_of(_name(subject)))
        and not _was_signed_for(subject)
    ]
    if by is By.DAY:
        sent = volumes.sent(_names(subjects), since, until) if subjects else None
        days = by_day(found, since, until, sent)
        return [{"day": day.isoformat(), **each.as_json()} for day, each in days.items()]
    rows = []
    for name in sorted({_OF_FLAG[by](flag) for flag in found}):
        mine = [flag for flag in found if _OF_FLAG[by](flag) == name]
        theirs = _names(s for s in subjects if _OF_SUBJECT[by](s) == name)
        days_sent = volumes.sent(theirs, since, until) if theirs else None
        total = None if days_sent is None else sum(days_sent.values())
        rows.append({by.value: name, **tally(mine, total).as_json()})
    return rows


def _name(subject: Subject) -> str:
    return subject.domain if isinstance(subject, SendingDomain) else subject.address


def _names(subjects: Iterable[Subject]) -> frozenset[str]:
    return frozenset(map(_name, subjects))


def _was_signed_for(subject: Subject) -> bool:
    """Of a domain that a customer answers for no number of e-mails is asked."""
    periods = subject.responsibility if isinstance(subject, SendingDomain) else ()
    return any(period.until is None for period in periods)
