"""Once a day: tell the operator how many domains stand where, and what SES and the table disagree
about."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Final, Protocol

from onboarding.domain.cost import watch_a_day
from onboarding.domain.lifecycle import ESTABLISHED, IN_PROGRESS, State
from onboarding.domain.summary import AGES, Comparison, Summary
from onboarding.ports import (
    AddressStore,
    Census,
    Clock,
    DomainStore,
    IdentityList,
    Operator,
    SesBusy,
    WatchStore,
)

FlagCount = Callable[[datetime], int]
"""How many flags were recorded since a moment."""

_BATCH: Final = 500


class Store(DomainStore, AddressStore, Protocol):
    """What the report reads."""


def report_summary(
    own_identities: frozenset[str],
    *,
    store: Store,
    watches: WatchStore,
    census: Census,
    identities: IdentityList,
    operator: Operator,
    clock: Clock,
    flags: FlagCount | None = None,
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
        comparison=_compare(own_identities, store, watches, identities, clock),
        dollars=watch_a_day(verified + len(at_risk) + len(lost)),
        flags=None if flags is None else flags(now),
    )
    operator.tell(summary.subject, summary.text)
    return summary


def _waiting(census: Census, now: datetime) -> tuple[int, ...]:
    older = [census.count(State.AWAITING_DNS, now - age) for age in AGES]
    at_least = [census.count(State.AWAITING_DNS), *older, 0]
    return tuple(more - less for more, less in pairwise(at_least))


def _compare(
    own: frozenset[str],
    store: Store,
    watches: WatchStore,
    identities: IdentityList,
    clock: Clock,
) -> Comparison | None:
    try:
        listed = [identity for identity in identities.listed() if identity.name not in own]
    except SesBusy:
        return None
    held = {identity.name for identity in listed if identity.is_domain}
    living = {d.domain for d in store.domains(IN_PROGRESS) if d.records}
    for domain in store.domains(ESTABLISHED):
        living.add(domain.domain)
        watches.begin_watch(domain.domain, clock.now())
    addresses = {identity.name for identity in listed if not identity.is_domain}
    known = {address.address for address in store.addresses()}
    return Comparison(
        unknown_to_table=_unknown(sorted(held - living), watches),
        unknown_to_ses=tuple(sorted(living - held)),
        addresses_unknown_to_table=len(addresses - known),
    )


def _unknown(names: list[str], watches: WatchStore) -> tuple[str, ...]:
    """Those of which the table has nothing: what has ended leaves its identity for another try."""
    found: list[str] = []
    for begin in range(0, len(names), _BATCH):
        known = watches.watched(names[begin : begin + _BATCH])
        found += [name for name, (domain, _) in known.items() if domain is None]
    return tuple(found)
