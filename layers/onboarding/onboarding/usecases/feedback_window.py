"""What is weighed together: an organisation, what of it sends, and its flags of the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from onboarding.domain.feedback_rates import first_day
from onboarding.usecases.sent_mail import Subject, domain_name

if TYPE_CHECKING:
    from onboarding.domain.feedback import Flag
    from onboarding.ports import FlagStore

T = TypeVar("T")


class Organisation:
    """One whose feedback is weighed: what of it sends, and its flags of the window, by account and
    domain, each account's read once. ``name`` is none for an account that nobody knows any more."""

    def __init__(self, name: str | None, subjects: Sequence[Subject], flags: FlagStore) -> None:
        self.name = name
        self.subjects = subjects
        self._store = flags
        self._flags: dict[str, dict[str, list[Flag]]] = {}
        self._by_account: dict[str, dict[str, list[Subject]]] = {}
        for each in subjects:
            by_domain = self._by_account.setdefault(each.account_id, {})
            by_domain.setdefault(domain_name(each), []).append(each)

    def subjects_of(self, account: str, domain: str | None = None) -> Sequence[Subject]:
        by_domain = self._by_account.get(account, {})
        return _of(by_domain, domain)

    def flags_of(self, account: str, today: date, domain: str | None = None) -> Sequence[Flag]:
        if account not in self._flags:
            by_domain: dict[str, list[Flag]] = {}
            for flag in self._store.flags(account, None, first_day(today), today):
                by_domain.setdefault(flag.domain, []).append(flag)
            self._flags[account] = by_domain
        return _of(self._flags[account], domain)

    def all_flags(self, today: date) -> list[Flag]:
        accounts = sorted(self._by_account.keys() | self._flags.keys())
        return [flag for account in accounts for flag in self.flags_of(account, today)]


def _of(by_domain: Mapping[str, Sequence[T]], domain: str | None) -> Sequence[T]:
    if domain is None:
        return list(chain.from_iterable(by_domain.values()))
    return by_domain.get(domain, ())
