"""Mail the records to whoever administers the domain's DNS, and start to wait for them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.lifecycle import ESTABLISHED, State
from onboarding.domain.schedule import PATIENCE, Progress, until_next_look
from onboarding.usecases.current import Change, current_domain, stored_request, update
from onboarding.usecases.mail_once import Posted, doubt, entry_for, mail_once, negation

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.domain.records import Record
    from onboarding.ports import (
        Clock,
        DnsObserver,
        DomainStore,
        Mailer,
        MailLedger,
        Random,
        RequestStore,
        Tickets,
    )

    class Store(RequestStore, DomainStore, MailLedger, Tickets, Protocol):
        """What sending reads and writes."""


def send_records(
    request_id: str,
    *,
    store: Store,
    dns: DnsObserver,
    mailer: Mailer,
    clock: Clock,
    random: Random,
) -> dict[str, Any]:
    """``{"wait_seconds": n}`` until the next look at DNS.

    The mail goes out once for each set of records: a repeat sends nothing, and new tokens from SES
    are mailed as new records. It asks for what a look at the DNS does not find there already.
    """
    # With the whole diagnosis: loaded when a mail is to be sent, not when a function starts.
    from onboarding.usecases.first_look import first_look

    stored = stored_request(store, request_id)
    domain = current_domain(store, stored.request.domain, request_id)
    if domain.state in ESTABLISHED:  # verified by another look, while SES's search was restarted
        return {"wait_seconds": until_next_look(timedelta(0), random.random())}
    look = first_look(domain, stored.request.dmarc, dns=dns, clock=clock)
    letter = Letter(
        kind=LetterKind.RECORDS,
        key=f"records-{_digest(domain.records)}",
        recipient=domain.contact_email,
        domain=domain.domain,
        ticket=domain.ticket,
        request_id=request_id,
        records=domain.records,
        expires_at=clock.now() + PATIENCE,
        report=look.report,
        dmarc=look.advice,
        unauthorised=look.unauthorised,
    )
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=clock)
    saved = update(store, domain.domain, request_id, lambda d: _awaiting(d, letter, posted, clock))
    store.comment(
        saved.ticket,
        f"{letter.key}-{request_id}",
        f"{len(saved.records)} DNS records for {saved.domain} were {negation(posted)}mailed to the "
        f"contact. The domain is checked by itself until they are there.{doubt(posted)}",
        clock.now(),
        public=True,
    )
    if saved.state in ESTABLISHED:
        return {"wait_seconds": 0}  # verified before its workflow was lost: nothing is waited for
    assert saved.progress is not None  # ``_awaiting`` has just set it
    elapsed = clock.now() - saved.progress.records_sent_at
    return {"wait_seconds": until_next_look(elapsed, random.random())}


def _digest(records: tuple[Record, ...]) -> str:
    text = "\n".join(f"{r.type} {r.name} {r.value}" for r in records)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _awaiting(domain: SendingDomain, letter: Letter, posted: Posted, clock: Clock) -> Change | None:
    now = clock.now()
    if domain.state not in (State.AWAITING_DNS, *ESTABLISHED):
        # What the mail was written from is what the page shows until the first look of its own.
        waiting = replace(
            domain.become(State.AWAITING_DNS, now),
            progress=Progress(now),
            report=letter.report or domain.report,
        )
        return waiting, (entry_for(letter, posted, clock),)
    if posted.is_repeat:
        return None
    return domain, (entry_for(letter, posted, clock),)
