"""Start what was kept but never started: the net under a webhook that died half-way."""

from datetime import timedelta
from typing import Final

from onboarding.ports import Clock, RequestStore, Workflows

GRACE: Final = timedelta(minutes=2)
"""A request younger than this is most likely being started right now."""


def recover_requests(*, store: RequestStore, workflows: Workflows, clock: Clock) -> int:
    """The number of requests started; safe to run twice at once, as a start is.

    Raises ``ExceptionGroup`` of what failed, after all others were started.
    """
    count, failures = 0, []
    for stored in store.unstarted(clock.now() - GRACE):
        try:
            workflows.start(stored)
            store.mark_started(stored.request_id)
        except Exception as failure:  # one that cannot be started must not hold up the others
            failures.append(failure)
        else:
            count += 1
    if failures:
        raise ExceptionGroup("some requests could not be started", failures)
    return count
