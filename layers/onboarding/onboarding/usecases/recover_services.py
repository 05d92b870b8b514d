"""Start what was kept and never started, and take up again what was lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from onboarding.usecases.current_service import update_service

if TYPE_CHECKING:
    from onboarding.domain.service import StoredService
    from onboarding.ports import Clock, ServiceStore, ServiceWorkflows

GRACE: Final = timedelta(minutes=2)
"""A service younger than this is most likely being started right now."""


def recover_services(*, store: ServiceStore, workflows: ServiceWorkflows, clock: Clock) -> int:
    """The number of workflows started; safe to run twice at once.

    Every step is safe to repeat, so a lost workflow is taken up by another one from its beginning.
    Raises ``ExceptionGroup`` of what failed, after all others were looked at.
    """
    count, failures = 0, []
    for stored in store.open_services():
        try:
            count += _recovered(stored, store, workflows, clock)
        except Exception as failure:  # one that cannot be started must not hold up the others
            failures.append(failure)
    if failures:
        raise ExceptionGroup("some services could not be started", failures)
    return count


def _recovered(
    stored: StoredService, store: ServiceStore, workflows: ServiceWorkflows, clock: Clock
) -> bool:
    if clock.now() - stored.received_at < GRACE:
        return False
    running = workflows.is_running(stored)
    if running is None:
        return workflows.start(stored)
    if running:
        return False
    fresh = update_service(store, stored.request_id, lambda found: _once_more(found, stored))
    return not fresh.has_ended and fresh.attempt > stored.attempt and workflows.start(fresh)


def _once_more(found: StoredService, seen: StoredService) -> StoredService:
    """Another attempt, unless somebody else has begun one, or the service has ended meanwhile:
    the listing may lag."""
    if found.has_ended or found.attempt != seen.attempt:
        return found
    return replace(found, attempt=found.attempt + 1)
