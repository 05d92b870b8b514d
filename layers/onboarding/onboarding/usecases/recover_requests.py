"""Start what was kept but never started, and take up again what was lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.onboarding import Entry, SendingDomain, StoredRequest
from onboarding.domain.schedule import until_next_guard
from onboarding.usecases.current import Superseded, update, update_address

if TYPE_CHECKING:
    from onboarding.domain.sender_address import SenderAddress
    from onboarding.ports import AddressStore, Clock, DomainStore, Random, RequestStore, Workflows

    class Store(RequestStore, DomainStore, AddressStore, Protocol):
        """What recovering reads and writes."""


GRACE: Final = timedelta(minutes=2)
"""A request younger than this is most likely being started right now."""


def recover_requests(
    *, store: Store, workflows: Workflows, clock: Clock, random: Random
) -> dict[str, int]:
    """``{"started": n, "restarted": m}``; safe to run twice at once.

    An open request whose workflow does not run, whether that is gone, failed or was stopped, gets
    another execution for the same request: every step finds what the one before has done, so no
    identity is made and no mail is sent a second time. One that has ended is open until everybody
    was told. Raises ``ExceptionGroup`` of what failed, after all others were looked at.
    """
    failures: list[Exception] = []

    def start(stored: StoredRequest) -> bool:
        workflows.start(stored)
        store.mark_started(stored.request_id)
        return True

    def take_up(listed: StoredRequest) -> bool:
        stored = store.request(listed.request_id)  # the list may lag
        if stored is None:
            return False
        now = clock.now()
        again = now + until_next_guard(now - stored.received_at, random.random())
        if workflows.is_running(stored):
            store.look_again(stored.request_id, again)
            return False
        fresh = store.restart(stored, now)
        if fresh is None:
            return False  # somebody else was quicker
        _note(fresh, store, clock)
        workflows.start(fresh)
        store.mark_started(fresh.request_id)
        store.look_again(fresh.request_id, again)
        return True

    before = clock.now() - GRACE
    started = _each(store.unstarted(before), start, failures)
    restarted = _each(store.open_requests(before), take_up, failures)
    if failures:
        raise ExceptionGroup("some requests could not be started", failures)
    return {"started": started, "restarted": restarted}


def _each(
    requests: Iterable[StoredRequest],
    handle: Callable[[StoredRequest], bool],
    failures: list[Exception],
) -> int:
    count = 0
    for stored in requests:
        try:
            count += handle(stored)
        except Exception as failure:  # one that cannot be started must not hold up the others
            failures.append(failure)
    return count


def _note(stored: StoredRequest, store: Store, clock: Clock) -> None:
    """A line on the timeline of whatever the request holds by now."""
    why = "Its workflow was lost; another one takes it up where it was."
    entry = Entry(clock.now(), "workflow_restarted", why)

    def noted_domain(found: SendingDomain) -> tuple[SendingDomain, tuple[Entry, ...]]:
        return replace(found), (entry,)

    def noted_address(found: SenderAddress) -> tuple[SenderAddress, tuple[Entry, ...]]:
        return replace(found), (entry,)

    try:
        if stored.request.address is None:
            update(store, stored.request.domain, stored.request_id, noted_domain)
        else:
            update_address(store, stored, noted_address)
    except Superseded:
        return  # it holds nothing yet: it waits for an approval, say
