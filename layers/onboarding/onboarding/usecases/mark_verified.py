"""Mark the domain verified, and tell everybody who waited for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.lifecycle import ESTABLISHED, State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.usecases.current import Change, update
from onboarding.usecases.mail_once import Posted, doubt, entry_for, mail_once, negation

if TYPE_CHECKING:
    from onboarding.domain.dmarc_advice import DmarcAdvice
    from onboarding.ports import Clock, DomainStore, Mailer, MailLedger, RequestStore, Tickets

    class Store(RequestStore, DomainStore, MailLedger, Tickets, Protocol):
        """What marking reads and writes."""


WHY = "Every name server has every record, and Amazon SES has verified the domain."


def mark_verified(
    request_id: str, domain_name: str, *, store: Store, mailer: Mailer, clock: Clock
) -> dict[str, Any]:
    """``{"state": "verified"}``.

    ``check_records`` has just seen both DNS and SES agree. Written before anything is told: a
    repeat tells what is still untold, each once.
    """

    def verified(found: SendingDomain) -> Change | None:
        if found.state in ESTABLISHED:
            return None  # another look was first; a domain at risk is not cured by an old one
        now = clock.now()
        return found.become(State.VERIFIED, now), (Entry(now, "verified", WHY),)

    domain = update(store, domain_name, request_id, verified)
    store.close_request(request_id, State.VERIFIED, WHY, clock.now())
    posted = tell(
        domain,
        LetterKind.VERIFIED,
        store=store,
        mailer=mailer,
        clock=clock,
        notes=_notes(domain),
        dmarc=_way_on(request_id, domain, store, clock),
    )
    store.comment(
        domain.ticket,
        f"verified-{request_id}",
        f"{domain.domain} is verified: e-mail can be sent from it. The contact was "
        f"{negation(posted)}told.{doubt(posted)}",
        clock.now(),
        public=True,
    )
    store.settle_request(request_id)
    return {"state": State.VERIFIED.value}


def _notes(domain: SendingDomain) -> tuple[str, ...]:
    """Whether what is set up is enough for the large mailbox providers, as far as was looked."""
    if domain.report is None:
        return ()
    from onboarding.domain.compliance import compliance_of_stored  # needed once in a domain's life

    return (compliance_of_stored(domain).summary,)


def _way_on(
    request_id: str, domain: SendingDomain, store: Store, clock: Clock
) -> DmarcAdvice | None:
    """From the policy asked for to a strict one; none for an owner who is further already."""
    stored = store.request(request_id)
    if stored is None or stored.request.dmarc is None or domain.report is None:
        return None
    from onboarding.domain.dmarc_advice import advise, is_beyond  # needed once in a domain's life

    published = (r["found"] for r in domain.report["records"] if r["purpose"] == "dmarc")
    asked = stored.request.dmarc
    if any(is_beyond(asked, text) for found in published for text in found):
        return None
    return advise(asked, clock.now().date())


def tell(
    domain: SendingDomain,
    kind: LetterKind,
    *,
    store: Store,
    mailer: Mailer,
    clock: Clock,
    notes: tuple[str, ...] = (),
    dmarc: DmarcAdvice | None = None,
) -> Posted:
    """Mail the end of a request, once, and put it on the timeline."""
    letter = Letter(
        kind=kind,
        key=kind.value,
        recipient=domain.contact_email,
        domain=domain.domain,
        ticket=domain.ticket,
        request_id=domain.request_id,
        records=domain.records,
        report=domain.report,
        notes=notes,
        dmarc=dmarc,
    )
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=clock)
    if not posted.is_repeat:
        entry = entry_for(letter, posted, clock)
        update(store, domain.domain, domain.request_id, lambda d: (replace(d), (entry,)))
    return posted
