"""What went out of the mail that the provider answers for: what rates are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from datetime import date
from typing import TYPE_CHECKING

from onboarding.domain.addresses import domain_of
from onboarding.domain.onboarding import SendingDomain
from onboarding.domain.responsibility import provider_days
from onboarding.domain.sender_address import SenderAddress
from onboarding.port_errors import SesBusy

if TYPE_CHECKING:
    from onboarding.domain.feedback import Flag
    from onboarding.ports import SentVolumes

Subject = SendingDomain | SenderAddress


def name_of(subject: Subject) -> str:
    return subject.domain if isinstance(subject, SendingDomain) else subject.address


def domain_name(subject: Subject) -> str:
    """As flags name it."""
    return domain_of(name_of(subject))


class SentMail:
    """The numbers of some days, each asked once; of days that a customer has signed for none is
    asked. May raise ``SesBusy``."""

    def __init__(self, volumes: SentVolumes, since: date, until: date) -> None:
        self._volumes = volumes
        self._since, self._until = since, until
        self._known: dict[str, Mapping[date, int]] = {}
        self._is_kept = True
        self._fault: SesBusy | None = None

    def ask(self, subjects: Iterable[Subject]) -> None:
        """Of all of these at once: ten fit into one call."""
        days = {name_of(subject): self._days(subject) for subject in subjects}
        spans: dict[tuple[date, date], set[str]] = {}
        for name, mine in days.items():
            if mine and name not in self._known:
                spans.setdefault((mine[0], mine[-1]), set()).add(name)
        for span, names in spans.items():
            if self._is_kept:
                found = self._sent(names, *span)
                self._is_kept = found is not None
                self._known |= {name: (found or {}).get(name, {}) for name in names}

    def by_day(self, subjects: Iterable[Subject]) -> Mapping[date, int] | None:
        """On the provider's days of each; none where that is not known. Nothing at all is not
        known: it is what SES answers where it keeps no metrics, and there was something that
        bounced."""
        subjects = list(subjects)
        self.ask(subjects)
        if not self._is_kept:
            return None
        total: Counter[date] = Counter()
        for subject in subjects:
            mine = self._days(subject)
            total.update({day: self._known[name_of(subject)].get(day, 0) for day in mine})
        return total if any(total.values()) else None

    def total(self, subjects: Iterable[Subject]) -> int | None:
        days = self.by_day(subjects)
        return None if days is None else sum(days.values())

    def about(self, subjects: Iterable[Subject], flags: Iterable[Flag]) -> list[Flag]:
        """Those flags that may be about mail in the numbers of ``subjects``: a rate of others
        would be one of nothing."""
        counted = {(s.account_id, domain_name(s)) for s in subjects if self._days(s)}
        return [flag for flag in flags if (flag.account_id, flag.domain) in counted]

    def _sent(
        self, names: Set[str], since: date, until: date
    ) -> Mapping[str, Mapping[date, int]] | None:
        """Once SES was too busy it is asked no more: each question would wait as long again."""
        if self._fault is not None:
            raise self._fault
        try:
            return self._volumes.sent(frozenset(names), since, until)
        except SesBusy as busy:
            self._fault = busy
            raise

    def _days(self, subject: Subject) -> tuple[date, ...]:
        periods = subject.responsibility if isinstance(subject, SendingDomain) else ()
        return provider_days(
            periods, subject.holdings, subject.account_id, self._since, self._until
        )
