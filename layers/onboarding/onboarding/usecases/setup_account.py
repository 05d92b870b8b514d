"""The representative's list for an account: what is proved, what is ticked, what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from onboarding.domain.lifecycle import State
from onboarding.domain.setup_list import (
    Review,
    SetupItem,
    SetupList,
    Standing,
    Tick,
    standings,
)
from onboarding.domain.smtp import SmtpSheet
from onboarding.port_errors import ConcurrentChange

if TYPE_CHECKING:
    from onboarding.ports import Clock, DomainStore, Identities, ProvisionedStore, SetupStore

    class Store(SetupStore, ProvisionedStore, DomainStore, Protocol):
        """What the list reads and writes."""


MAX_TRIES = 5
LOOKS = 5
"""Domains that SES is asked about, at one request a second, until one is verified."""


def setup_account(account_id: str, *, store: Store, identities: Identities) -> tuple[Standing, ...]:
    """Where every step stands now; what SES has to say is asked now."""
    sheet = sheet_of(account_id, identities.region, store)
    return standings(
        store.setup_list(account_id),
        current_sheet=None if sheet is None else sheet.digest,
        verified_sender=_verified_sender(account_id, store, identities),
    )


def _verified_sender(account_id: str, store: DomainStore, identities: Identities) -> str | None:
    domains = store.domains((State.VERIFIED, State.AT_RISK))
    own = sorted(domain.domain for domain in domains if domain.account_id == account_id)
    for name in own[:LOOKS]:
        identity = identities.get(name)
        if identity is not None and identity.verified_for_sending:
            return name
    return None


def sheet_of(account_id: str, region: str, store: ProvisionedStore) -> SmtpSheet | None:
    """The SMTP settings; none before the account is provisioned."""
    found = store.provisioned(account_id)
    if found.tenant is None or found.configuration_set is None:
        return None
    return SmtpSheet(account_id, region, found.tenant, found.configuration_set)


def hand_out_sheet(account_id: str, region: str, *, store: Store) -> SmtpSheet | None:
    """The settings, and a note that they were handed out as they are."""
    sheet = sheet_of(account_id, region, store)
    if sheet is not None:
        _update(store, account_id, lambda found: replace(found, sheet=sheet.digest))
    return sheet


def tick_item(
    account_id: str, item: SetupItem, by: str, note: str, *, store: SetupStore, clock: Clock
) -> None:
    """Raises ``CannotBeTicked``."""
    tick = Tick(clock.now(), by, note)
    _update(store, account_id, lambda found: found.with_tick(item, tick))


def record_review(
    account_id: str, message: str, *, passed: bool, store: SetupStore, clock: Clock
) -> None:
    """Keep the verdict of ``xes review`` on a sample message; ``message`` is its digest."""
    review = Review(clock.now(), passed, message)
    _update(store, account_id, lambda found: replace(found, review=review))


def _update(
    store: SetupStore, account_id: str, change: Callable[[SetupList], SetupList]
) -> SetupList:
    for _ in range(MAX_TRIES):
        found = store.setup_list(account_id)
        changed = change(found)
        if changed == found:
            return found
        try:
            return store.save_setup_list(changed)
        except ConcurrentChange:
            continue
    raise ConcurrentChange(f"the setup list of {account_id} was changed by others again and again")
