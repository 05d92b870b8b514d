"""Once a day: tell the operator how many domains stand where, and what SES and the table disagree
about."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.cost import watch_a_day
from onboarding.domain.lifecycle import ESTABLISHED, IN_PROGRESS, State
from onboarding.domain.page_links import masked
from onboarding.domain.summary import AGES, Comparison, Summary
from onboarding.port_errors import ListEnded, SesBusy

if TYPE_CHECKING:
    from onboarding.domain.identity import ListedIdentity
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import (
        AddressStore,
        Census,
        Clock,
        DomainStore,
        FlagStore,
        IdentityList,
        Operator,
        WatchStore,
    )

    class Store(DomainStore, AddressStore, Protocol):
        """What the report reads."""


FlagCount = Callable[[datetime], int | None]
"""How many flags were recorded since a moment; none where that takes too long."""


@dataclass(frozen=True, slots=True)
class Patience:
    """With SES: ``is_left`` says whether there is time to ask it once more, ``pause`` waits for it
    while it is busy."""

    is_left: Callable[[], bool]
    pause: Callable[[], None]


_BATCH: Final = 500

DAY: Final = timedelta(days=1)


def report_summary(
    own_identities: frozenset[str],
    *,
    store: Store,
    watches: WatchStore,
    census: Census,
    identities: IdentityList,
    operator: Operator,
    clock: Clock,
    flags: FlagCount,
    patience: Patience,
) -> Summary:
    """The summary that was sent. ``own_identities`` are the operator's own at SES.

    A verified domain without a watch, which nothing here leaves behind, gets one.
    """
    now = clock.now()
    at_risk, lost = ([d.domain for d in store.domains([s])] for s in (State.AT_RISK, State.LOST))
    verified = census.count(State.VERIFIED)
    summary = Summary(
        at=now,
        verified=verified,
        at_risk=tuple(sorted(at_risk)),
        lost=tuple(sorted(lost)),
        waiting=_waiting(census, now),
        awaiting_approval=census.count(State.AWAITING_APPROVAL),
        awaiting_document=census.count(State.AWAITING_DOCUMENT),
        overdue_checks=census.overdue(now),
        comparison=_compare(own_identities, store, watches, _listed(identities, patience), clock),
        dollars=watch_a_day(verified + len(at_risk) + len(lost)),
        flags=flags(now - DAY),
    )
    operator.tell(summary.subject, summary.text)
    return summary


def _waiting(census: Census, now: datetime) -> tuple[int, ...]:
    older = [census.count(State.AWAITING_DNS, now - age) for age in AGES]
    at_least = [census.count(State.AWAITING_DNS), *older, 0]
    return tuple(more - less for more, less in pairwise(at_least))


def _listed(identities: IdentityList, patience: Patience) -> list[ListedIdentity] | None:
    """All of SES's list, or none where that takes more time than there is."""
    listed: list[ListedIdentity] = []
    token = None
    while patience.is_left():
        try:
            page, token = identities.page(token)
        except SesBusy:
            patience.pause()
            continue
        except ListEnded:
            listed, token = [], None
            continue
        listed += page
        if token is None:
            return listed
    return None


def _compare(
    own: frozenset[str],
    store: Store,
    watches: WatchStore,
    at_ses: list[ListedIdentity] | None,
    clock: Clock,
) -> Comparison | None:
    established = {d.domain for d in store.domains(ESTABLISHED)}
    # The list of watches may lag: who has one after all keeps it.
    for domain in sorted(established - {watch.domain for watch in watches.watches()}):
        watches.begin_watch(domain, clock.now())
    if at_ses is None:
        return None
    held = {found.name for found in at_ses if found.is_domain} - own
    living = {d.domain for d in store.domains(IN_PROGRESS) if d.records} | established
    addresses = {found.name for found in at_ses if not found.is_domain} - own
    known, expected = set[str](), set[str]()
    for address in store.addresses():
        known.add(address.address)
        if _is_expected(address):
            expected.add(address.address)
    return Comparison(
        unknown_to_table=_unknown(sorted(held - living), watches),
        unknown_to_ses=tuple(sorted(living - held)),
        addresses_unknown_to_table=_masked(addresses - known),
        addresses_unknown_to_ses=_masked(expected - addresses),
    )


def _is_expected(address: SenderAddress) -> bool:
    """Whether SES has to hold it: its link was sent, and no domain has made it needless."""
    lives = address.state in IN_PROGRESS | ESTABLISHED
    return lives and address.progress is not None and address.covered_by is None


def _masked(addresses: Set[str]) -> tuple[str, ...]:
    return tuple(masked(address) for address in sorted(addresses))


def _unknown(names: list[str], watches: WatchStore) -> tuple[str, ...]:
    """Those of which the table has nothing: what has ended leaves its identity for another try."""
    found: list[str] = []
    for begin in range(0, len(names), _BATCH):
        known = watches.watched(names[begin : begin + _BATCH])
        found += [name for name, (domain, _) in known.items() if domain is None]
    return tuple(found)


def recent_flags(flags: FlagStore, since: datetime, go_on: Callable[[], bool]) -> int | None:
    """How many flags came since then; none where ``go_on`` says that the time is up. Each sender
    that has had any for as long as flags are kept is a query."""
    count = 0
    for flag in flags.flags(since=since.date()):
        if not go_on():
            return None
        count += flag.at >= since
    return count
