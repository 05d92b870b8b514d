"""A customer's "check now": the same look as the workflow's, at once, and what follows if all is
right; of a domain whose records have gone missing, the watch's next look, brought forward."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.lifecycle import TROUBLED, State
from onboarding.domain.schedule import Action
from onboarding.usecases.check_records import check_records
from onboarding.usecases.mark_verified import mark_verified
from onboarding.usecases.open_page import open_page
from onboarding.usecases.restart_verification import restart_verification
from onboarding.usecases.send_records import send_records

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.ports import (
        Clock,
        DnsObserver,
        DomainStore,
        Identities,
        Looks,
        Mailer,
        MailLedger,
        PageLinks,
        Random,
        RequestStore,
        Tickets,
        WatchStore,
    )

    class Store(RequestStore, DomainStore, MailLedger, Tickets, Protocol):
        """What looking and marking read and write."""

    class Pages(PageLinks, Looks, Protocol):
        """Links, and when a look was last asked for."""


LOOK_INTERVAL: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Checked:
    """The domain as it was before, whether it was looked at now or the look was called for, and the
    fault that kept it from its end: the workflow looks again by itself, so the customer need not
    know."""

    domain: SendingDomain
    looked: bool
    called: bool = False
    fault: Exception | None = None


def check_now(
    token: str,
    *,
    pages: Pages,
    store: Store,
    watches: WatchStore,
    dns: DnsObserver,
    identities: Identities,
    mailer: Mailer,
    clock: Clock,
    real_clock: Clock,
    random: Random,
) -> Checked | None:
    """Nothing where the link opens nothing. A look is had once in ``LOOK_INTERVAL``, and only while
    the domain waits for its records: those of a new domain, or those that have gone missing. The
    latter are the watch's to judge, which looks within a minute or two.

    The workflow, which may look at the same time, is not told: each step is safe to repeat, and it
    ends at its own next look. Mistakes are left for it to mail; the page shows them at once.
    """
    domain = open_page(token, links=pages, store=store, clock=clock, real_clock=real_clock)
    if domain is None:
        return None
    waits = domain.state is State.AWAITING_DNS and domain.progress is not None
    if not (waits or domain.state in TROUBLED):
        return Checked(domain, looked=False)
    if not pages.claim_look(domain.domain, clock.now(), LOOK_INTERVAL):
        return Checked(domain, looked=False)
    if not waits:
        watches.advance_check(domain.domain, clock.now())
        return Checked(domain, looked=False, called=True)
    name, request_id = domain.domain, domain.request_id
    try:
        look = check_records(
            request_id,
            name,
            store=store,
            dns=dns,
            identities=identities,
            clock=clock,
            random=random,
        )
        match look["action"]:
            case Action.MARK_VERIFIED:
                mark_verified(request_id, name, store=store, mailer=mailer, clock=clock)
            case Action.RESTART_VERIFICATION:
                restart_verification(
                    request_id, name, store=store, identities=identities, clock=clock
                )
                # In case SES has handed out new tokens; the same records are mailed once.
                send_records(
                    request_id, store=store, dns=dns, mailer=mailer, clock=clock, random=random
                )
    except Exception as fault:
        return Checked(domain, looked=False, fault=fault)
    return Checked(domain, looked=True)
