"""Raise an alarm for mails of which nobody knows whether they went out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.addresses import is_address
from onboarding.domain.onboarding import Entry
from onboarding.port_errors import ConcurrentChange
from onboarding.usecases.current import MAX_TRIES

if TYPE_CHECKING:
    from onboarding.domain.mail_claim import StaleClaim
    from onboarding.ports import AddressStore, Clock, DomainStore, MailLedger

    class Store(DomainStore, AddressStore, MailLedger, Protocol):
        """What reporting reads and writes."""


PATIENCE: Final = timedelta(minutes=15)
"""Longer than any function lives: whoever claimed the mail is dead by now."""


def report_claims(*, store: Store, clock: Clock) -> int:
    """How many were reported, each once: a line ``mail_unresolved`` on the timeline, whose event is
    the operator's alarm. The mail is not sent again, since it may be out.

    Raises ``ExceptionGroup`` of what failed, after all others were reported.
    """
    count, failures = 0, []
    for claim in store.stale_claims(clock.now() - PATIENCE):
        try:
            count += _report(claim, store, clock)
            store.mark_reported(claim)
        except Exception as failure:  # one that fails must not hold up the others
            failures.append(failure)
    if failures:
        raise ExceptionGroup("some claims could not be reported", failures)
    return count


def _report(claim: StaleClaim, store: Store, clock: Clock) -> bool:
    """Whether there was anything to write it on. A workflow that meets the claim writes a line as
    well: rather two alarms than none."""
    why = (
        f"It is not certain that the mail {claim.key.partition('#')[2]} went out: a function died "
        "while sending it. It is not sent again by itself."
    )
    if any(line.why == why for line in store.timeline(claim.subject)):
        return False
    for _ in range(MAX_TRIES):
        try:
            return _write(claim.subject, Entry(clock.now(), "mail_unresolved", why), store)
        except ConcurrentChange:
            continue
    raise ConcurrentChange(claim.key)


def _write(subject: str, entry: Entry, store: Store) -> bool:
    """On whatever is there now: the mail is about the name, whichever request it was for."""
    if is_address(subject):
        address = store.address(subject)
        if address is not None:
            store.save_address(address, entry)
        return address is not None
    domain = store.domain(subject)
    if domain is not None:
        store.save(domain, entry)
    return domain is not None
