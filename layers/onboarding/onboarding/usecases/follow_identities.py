"""Compare SES's list with what is known of it, and let the domains that changed be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from math import inf
from typing import TYPE_CHECKING, Final

from onboarding.domain.listing import Listing
from onboarding.port_errors import ListEnded, SesBusy

if TYPE_CHECKING:
    from onboarding.domain.identity import ListedIdentity
    from onboarding.ports import Clock, IdentityList, ListingStore, WatchStore

GONE: Final = "GONE"
"""Of an identity that SES's list does not have."""

HOLD: Final = timedelta(minutes=3)
"""A run that has kept nothing for so long is not at work any more."""

KEPT_EACH: Final = timedelta(seconds=30)
"""How often a run says that it is at work."""

LONG: Final = 500_000
"""Identities that one run may not get through: what it has seen is kept all along. What fewer cost
is kept only where SES breaks them off."""

PART: Final = 40_000
"""Names in an item of what was seen."""

ENOUGH: Final = 90.0
"""Seconds that a run has to have left for another page."""

_DIGEST: Final = 6
"""Octets that stand for a name that was seen: among a million names, one in 280 million that are
gone would be taken for one of them."""


def follow_identities(
    *,
    identities: IdentityList,
    watches: WatchStore,
    listings: ListingStore,
    clock: Clock,
    real_clock: Clock,
    seconds_left: Callable[[], float] = lambda: inf,
) -> dict[str, int]:
    """``{"listed": n, "changed": m}``. A thousand identities cost one request to SES; only those
    that changed are read one by one, by the check that this calls for.

    Where onboardings keep SES busy, or the list is longer than a run, the next run goes on where
    this one ended: nothing is taken for gone by a list that was not read to its end. A run that
    finds another one at work leaves the list to that.
    """
    kept, now = listings.listing(), real_clock.now()
    if kept is not None and kept.held_until is not None and kept.held_until > now:
        return {"listed": 0, "changed": 0}
    if kept is None or kept.token is None:
        kept = Listing(now, version=0 if kept is None else kept.version)
    known = {watch.domain: watch.ses for watch in watches.watches()}
    run = _Run(kept, known, identities, watches, listings, clock, real_clock)
    run.read(seconds_left)
    return {"listed": run.listed, "changed": run.changed}


@dataclass
class _Run:
    listing: Listing
    known: Mapping[str, str]
    identities: IdentityList
    watches: WatchStore
    listings: ListingStore
    clock: Clock
    real_clock: Clock
    listed: int = 0
    changed: int = 0
    unkept: list[bytes] = field(default_factory=list)
    kept_at: datetime | None = None

    @property
    def is_long(self) -> bool:
        return len(self.known) >= LONG

    def read(self, seconds_left: Callable[[], float]) -> None:
        token = self.listing.token
        while True:
            try:
                found, token = self.identities.page(token)
            except ListEnded:
                self._keep(None)
                return
            except SesBusy:
                if token is not None:
                    self._keep(token)
                return
            for identity in found:
                self._compare(identity)
            if token is None:
                self._end()
                return
            if seconds_left() < ENOUGH:
                self._keep(token)
                return
            if self._is_time() and not self._at_work(token):
                return

    def _is_time(self) -> bool:
        # After the first page at once: whoever comes meanwhile sees that this run is at work.
        if self.kept_at is None or (self.is_long and len(self.unkept) >= PART):
            return True
        return self.real_clock.now() - self.kept_at >= KEPT_EACH

    def _compare(self, identity: ListedIdentity) -> None:
        self.listed += 1
        self.unkept.append(_digest(identity.name))
        if self.known.get(identity.name, identity.status) != identity.status:
            self._hasten(identity.name, identity.status)

    def _hasten(self, name: str, status: str) -> None:
        self.changed += self.watches.hasten(name, status, self.clock.now())

    def _at_work(self, token: str) -> bool:
        """False where another run has taken the list."""
        self.kept_at = self.real_clock.now()
        held_until = self.kept_at + HOLD
        if self.is_long:
            return self._keep(token, held_until)
        return self._write(replace(self.listing, held_until=held_until), 0)

    def _keep(self, token: str | None, held_until: datetime | None = None) -> bool:
        """Let a run go on from ``token``; false where another one has taken the list."""
        while len(self.unkept) > PART:
            # With the token of before: what is read again after a failure here is seen twice.
            if not self._write(self.listing, PART):
                return False
        return self._write(replace(self.listing, token=token, held_until=held_until), PART)

    def _write(self, listing: Listing, names: int) -> bool:
        kept = self.listings.keep_listing(listing, b"".join(self.unkept[:names]))
        if kept is None:
            return False
        del self.unkept[:names]
        self.listing = kept
        return True

    def _end(self) -> None:
        seen = {*self.unkept, *_before(self.listing, self.listings)}
        self.unkept.clear()  # what a list ends with, nobody reads again
        if self.listing.version and not self._keep(None):
            return
        for name in sorted(self.known):
            if self.known[name] != GONE and _digest(name) not in seen:
                self._hasten(name, GONE)


def _digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=_DIGEST).digest()


def _before(listing: Listing, listings: ListingStore) -> Iterator[bytes]:
    for part in listings.seen(listing) if listing.parts else ():
        for begin in range(0, len(part), _DIGEST):
            yield part[begin : begin + _DIGEST]
