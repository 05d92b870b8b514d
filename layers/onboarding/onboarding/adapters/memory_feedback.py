"""In-memory doubles of the ports about bounces and complaints."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from onboarding.domain.addresses import is_address
from onboarding.domain.feedback import UNKNOWN_ACCOUNT, Flag, Touched
from onboarding.domain.feedback_rates import FeedbackWatch
from onboarding.domain.responsibility import Holding, SenderHistory
from onboarding.port_errors import ConcurrentChange

if TYPE_CHECKING:
    from onboarding.adapters.memory import MemoryStore

_Key = tuple[str, str, date, str, str]


@dataclass
class MemoryHistories:
    """Implements ``SenderHistories`` over a ``MemoryStore``; ``asked`` counts the look-ups."""

    store: MemoryStore
    asked: list[str] = field(default_factory=list)

    def histories(self, names: Mapping[str, datetime]) -> dict[str, SenderHistory]:
        self.asked.extend(names)
        found = ((name, self._history(name)) for name in names)
        return {name: history for name, history in found if history is not None}

    def _history(self, name: str) -> SenderHistory | None:
        if is_address(name):
            address = self.store.address(name)
            if address is None:
                return None
            held = Holding(address.account_id, address.organisation_id, address.since)
            return SenderHistory(name, address.holdings or (held,))
        domain = self.store.domain(name)
        if domain is None:
            return None
        held = Holding(domain.account_id, domain.organisation_id, domain.since)
        return SenderHistory(name, domain.holdings or (held,), domain.responsibility)


@dataclass
class MemoryFlags:
    """Implements ``FlagStore``. ``refuse`` are hashes of recipients whose flags are not taken."""

    kept: dict[_Key, Flag] = field(default_factory=dict)
    touches: dict[tuple[str, str, date], str] = field(default_factory=dict)
    refuse: set[str] = field(default_factory=set)
    _stamps: Iterator[int] = field(default_factory=itertools.count)

    def record(self, flags: Sequence[Flag], at: datetime) -> set[Flag]:
        failed = {flag for flag in flags if flag.recipient_hash in self.refuse}
        for flag in flags:
            if flag in failed:
                continue
            day = flag.at.date()
            self.kept[_key_of(flag)] = flag
            if flag.account_id != UNKNOWN_ACCOUNT:
                self.touches[flag.account_id, flag.domain, day] = str(next(self._stamps))
        return failed

    def forget(self, flags: Sequence[Flag]) -> set[Flag]:
        failed = {flag for flag in flags if flag.recipient_hash in self.refuse}
        for flag in flags:
            if flag not in failed:
                self.kept.pop(_key_of(flag), None)
        return failed

    def flags(
        self,
        account_id: str | None = None,
        domain: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Iterator[Flag]:
        for flag in list(self.kept.values()):
            mine = flag.account_id == account_id
            if account_id is None:
                mine = flag.account_id != UNKNOWN_ACCOUNT
            day = flag.at.date()
            within = (since or day) <= day <= (until or day)
            if mine and within and domain in (None, flag.domain):
                yield flag

    def touched(self) -> Iterator[Touched]:
        yield from [Touched(*day, stamp) for day, stamp in self.touches.items()]

    def settle(self, touched: Touched) -> bool:
        day = (touched.account_id, touched.domain, touched.day)
        if self.touches.get(day, touched.stamp) != touched.stamp:
            return False
        self.touches.pop(day, None)
        return True

    def erase(self, recipient_hash: str) -> int:
        keys = [key for key, flag in self.kept.items() if flag.recipient_hash == recipient_hash]
        for key in keys:
            del self.kept[key]
        return len(keys)


def _key_of(flag: Flag) -> _Key:
    day = flag.at.date()
    return flag.account_id, flag.domain, day, flag.feedback_id, flag.recipient_hash


@dataclass(frozen=True)
class PlainKey:
    """Implements ``RecipientKey`` with a key that everybody may know."""

    def hash(self, address: str) -> str:
        return hashlib.sha256(address.encode()).hexdigest()


@dataclass
class MemoryQueue:
    """Implements ``FeedbackQueue``. ``fault`` is raised instead; ``deaf`` are receipts that it does
    not take."""

    postponed: list[tuple[str, timedelta]] = field(default_factory=list)
    fault: Exception | None = None
    deaf: set[str] = field(default_factory=set)

    def postpone(self, waiting: Mapping[str, timedelta]) -> set[str]:
        if self.fault is not None:
            raise self.fault
        self.postponed += [(r, by) for r, by in waiting.items() if r not in self.deaf]
        return self.deaf & waiting.keys()


@dataclass
class MemoryFeedbackWatches:
    """Implements ``FeedbackWatches``."""

    kept: dict[str, FeedbackWatch] = field(default_factory=dict)

    def watch(self, key: str) -> FeedbackWatch:
        return self.kept.get(key, FeedbackWatch(key))

    def save_watch(self, changed: FeedbackWatch) -> FeedbackWatch:
        if self.watch(changed.key).version != changed.version:
            raise ConcurrentChange(changed.key)
        self.kept[changed.key] = replace(changed, version=changed.version + 1)
        return self.kept[changed.key]


@dataclass
class MemoryVolumes:
    """Implements ``SentVolumes``: ``by_identity`` e-mails of each, all on the last day asked for;
    none of them keeps no metrics. ``asked`` are the identities of each call, and their days;
    ``fault`` is raised instead."""

    by_identity: dict[str, int] | None = None
    asked: list[tuple[list[str], date, date]] = field(default_factory=list)
    fault: Exception | None = None

    @property
    def names(self) -> set[str]:
        return {name for names, _, _ in self.asked for name in names}

    def sent(
        self, identities: Set[str], since: date, until: date
    ) -> dict[str, dict[date, int]] | None:
        self.asked.append((sorted(identities), since, until))
        if self.fault is not None:
            raise self.fault
        if self.by_identity is None:
            return None
        return {
            name: {until: self.by_identity[name]} for name in identities & self.by_identity.keys()
        }
