"""In-memory doubles of the watch: its store, its queue, the DNS of many domains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from onboarding.domain.lifecycle import ESTABLISHED, State
from onboarding.domain.watch import Due, Watch, Window

if TYPE_CHECKING:
    from onboarding.domain.listing import Listing
    from onboarding.domain.observation import Observation
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.domain.records import Record
    from onboarding.ports import DnsObserver


@dataclass
class MemoryWatches:
    """Implements ``WatchStore`` and ``Census``."""

    stored_domains: dict[str, SendingDomain] = field(default_factory=dict)
    stored_watches: dict[str, Watch] = field(default_factory=dict)
    taken_until: datetime | None = None
    swept_at: datetime | None = None
    sweep: timedelta = timedelta(minutes=30)

    def watch_from(self, before: SendingDomain | None, after: SendingDomain) -> None:
        """A watch begins with the write that makes its domain verified."""
        watched = before is not None and before.state in ESTABLISHED
        if after.state in ESTABLISHED and not watched:
            self.stored_watches[after.domain] = Watch(after.domain, after.since)

    def take_window(self, until: datetime) -> Window | None:
        since = self.taken_until
        if since is not None and since >= until:
            return None
        self.taken_until = until
        if self.swept_at is None or until - self.swept_at >= self.sweep:
            self.swept_at = until
            return Window(None, until)
        return Window(since, until)

    def due(self, window: Window) -> Iterator[Due]:
        for watch in sorted(self.stored_watches.values(), key=lambda w: w.next_check_at):
            at = watch.next_check_at
            if at <= window.until and (window.since is None or window.since < at):
                yield Due(watch.domain, at)

    def watched(
        self, domains: Sequence[str]
    ) -> Mapping[str, tuple[SendingDomain | None, Watch | None]]:
        found = self.stored_domains, self.stored_watches
        return {name: (found[0].get(name), found[1].get(name)) for name in domains}

    def save_watch(self, watch: Watch, seen: datetime) -> bool:
        found = self.stored_watches.get(watch.domain)
        if found is None or found.next_check_at != seen:
            return False
        self.stored_watches[watch.domain] = watch
        return True

    def begin_watch(self, domain: str, at: datetime) -> bool:
        watch = Watch(domain, at)
        return self.stored_watches.setdefault(domain, watch) is watch

    def hasten(self, domain: str, ses: str, at: datetime) -> bool:
        found = self.stored_watches.get(domain)
        if found is None:
            return False
        changed = replace(found, ses=ses, ses_changed=True, next_check_at=at)
        self.stored_watches[domain] = changed
        return True

    def advance_check(self, domain: str, at: datetime) -> bool:
        found = self.stored_watches.get(domain)
        if found is None or found.next_check_at <= at:
            return False
        self.stored_watches[domain] = replace(found, next_check_at=at)
        return True

    def end_watch(self, domain: str) -> None:
        self.stored_watches.pop(domain, None)

    def watches(self) -> Iterator[Watch]:
        yield from list(self.stored_watches.values())

    def count(self, state: State, before: datetime | None = None) -> int:
        found = [d for d in self.stored_domains.values() if d.state is state]
        return len([d for d in found if before is None or d.since < before])

    def established(self) -> int:
        return len(self.stored_watches)

    def overdue(self, at: datetime) -> int:
        return len([w for w in self.stored_watches.values() if w.next_check_at < at])


@dataclass
class MemoryOperator:
    """Implements ``Operator``."""

    told: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, subject: str, text: str) -> None:
        self.told.append((subject, text))


@dataclass
class MemoryCheckQueue:
    """Implements ``CheckQueue``."""

    sent: list[Due] = field(default_factory=list)

    def send(self, due: Iterable[Due]) -> int:
        new = list(due)
        self.sent += new
        return len(new)


@dataclass(frozen=True)
class OneByOne:
    """Implements ``ManyDomains`` by a ``DnsObserver``."""

    dns: DnsObserver

    def observe_each(
        self,
        wanted: Sequence[tuple[str, Sequence[Record]]],
        seen: Callable[[str, Observation], None],
    ) -> None:
        for domain, records in wanted:
            seen(domain, self.dns.observe(domain, records))


@dataclass
class MemoryListings:
    """Implements ``ListingStore``."""

    kept: Listing | None = None
    parts: dict[tuple[datetime, int], bytes] = field(default_factory=dict)

    def listing(self) -> Listing | None:
        return self.kept

    def keep_listing(self, listing: Listing, seen: bytes) -> Listing | None:
        if listing.version != (0 if self.kept is None else self.kept.version):
            return None
        if seen:
            self.parts[listing.began, listing.parts] = seen
        parts, version = listing.parts + bool(seen), listing.version + 1
        self.kept = replace(listing, parts=parts, version=version)
        return self.kept

    def seen(self, listing: Listing) -> Iterator[bytes]:
        for number in range(listing.parts):
            yield self.parts[listing.began, number]
