"""What bounces and complaints add up to, by domain, account, organisation or day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.feedback_rates import by_day, of_party, tally
from onboarding.domain.lifecycle import State
from onboarding.domain.responsibility import Responsible
from onboarding.usecases.sent_mail import SentMail, Subject, domain_name

if TYPE_CHECKING:
    from onboarding.domain.feedback import Flag
    from onboarding.ports import AddressStore, DomainStore, FlagStore, SentVolumes

    class Store(DomainStore, AddressStore, Protocol):
        """What counting reads."""


class By(StrEnum):
    """What is added up."""

    DOMAIN = "domain"
    ACCOUNT = "account"
    ORGANISATION = "organisation"
    DAY = "day"


_OF_FLAG: dict[By, Callable[[Flag], str]] = {
    By.DOMAIN: lambda flag: flag.domain,
    By.ACCOUNT: lambda flag: flag.account_id,
    By.ORGANISATION: lambda flag: flag.organisation_id,
}
_OF_SUBJECT: dict[By, Callable[[Subject], str]] = {
    By.DOMAIN: domain_name,
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

    Only of what the provider answers for: what a customer has signed for is not added up. Where
    there are rates, both numbers are of the same domains: those that the provider answered for on
    some day of the time.
    """
    found = of_party(flags.flags(account_id, domain, since, until), Responsible.PROVIDER)
    known: list[Subject] = [*store.domains(tuple(State)), *store.addresses(tuple(State))]
    subjects = [
        subject
        for subject in known
        if account_id in (None, subject.account_id) and domain in (None, domain_name(subject))
    ]
    mail = SentMail(volumes, since, until)
    if by is By.DAY:
        sent = mail.by_day(subjects)
        mine = found if sent is None else mail.about(subjects, found)
        days = by_day(mine, since, until, sent)
        return [{"day": day.isoformat(), **each.as_json()} for day, each in days.items()]
    names = {_OF_FLAG[by](flag) for flag in found}
    mail.ask([s for s in subjects if _OF_SUBJECT[by](s) in names])
    rows = []
    for name in sorted(names):
        mine = [flag for flag in found if _OF_FLAG[by](flag) == name]
        theirs = [s for s in subjects if _OF_SUBJECT[by](s) == name]
        total = mail.total(theirs)
        counted = mine if total is None else mail.about(theirs, mine)
        rows.append({by.value: name, **tally(counted, total).as_json()})
    return rows
