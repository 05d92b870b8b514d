"""Remind the customer of records that are still missing, on the days that the schedule gives; or
say that all are there, where Amazon takes its time to see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.lifecycle import ESTABLISHED
from onboarding.domain.mistakes import beside, mistakes_of, zone_mistakes_of
from onboarding.domain.schedule import PATIENCE, Reminder
from onboarding.usecases.current import Change, current_domain, update
from onboarding.usecases.mail_once import doubt, entry_for, mail_once, negation
from onboarding.usecases.send_correction import missing_records

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.ports import Clock, DomainStore, Mailer, MailLedger, Tickets

    class Store(DomainStore, MailLedger, Tickets, Protocol):
        """What reminding reads and writes."""


_KINDS: Final = {
    Reminder.LAST_NOTICE: LetterKind.LAST_NOTICE,
    Reminder.WAITING_FOR_SES: LetterKind.WAITING_FOR_SES,
}


def send_reminder(
    request_id: str,
    domain_name: str,
    reminder: Reminder,
    *,
    store: Store,
    mailer: Mailer,
    clock: Clock,
) -> dict[str, Any]:
    """``{"reminder": "day_1"}``; nobody is reminded of what was verified meanwhile."""
    domain = current_domain(store, domain_name, request_id)
    if domain.state in ESTABLISHED:
        return {"reminder": reminder.value}
    letter = _letter(domain, reminder)
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=clock)

    def reminded(found: SendingDomain) -> Change | None:
        if found.progress is None or reminder in found.progress.reminded:
            return None
        progress = found.progress.with_reminder(reminder)
        return replace(found, progress=progress), (entry_for(letter, posted, clock),)

    update(store, domain_name, request_id, reminded)
    store.comment(
        domain.ticket,
        f"{letter.key}-{request_id}",
        f"{domain.domain} still lacks {_lacks(letter)}; the contact was {negation(posted)}reminded."
        f"{doubt(posted)}",
        clock.now(),
        public=True,
    )
    return {"reminder": reminder.value}


def _lacks(letter: Letter) -> str:
    if letter.problems or letter.zone_problems:
        return "a correction"
    count = len(letter.missing)
    return f"{count} DNS record{'' if count == 1 else 's'}" if count else "its verification"


def _letter(domain: SendingDomain, reminder: Reminder) -> Letter:
    sent_at = domain.progress.records_sent_at if domain.progress else None
    report = domain.report or {"records": []}
    return Letter(
        kind=_KINDS.get(reminder, LetterKind.REMINDER),
        key=f"reminder-{reminder.value}",
        recipient=domain.contact_email,
        domain=domain.domain,
        ticket=domain.ticket,
        request_id=domain.request_id,
        records=domain.records,
        problems=tuple(mistakes_of(report).values()),
        zone_problems=_told_of_the_zone(domain, report),
        missing=missing_records(domain),
        beside=beside(report),
        report=domain.report,
        expires_at=sent_at + PATIENCE if sent_at else None,
    )


def _told_of_the_zone(
    domain: SendingDomain, report: Mapping[str, Any]
) -> tuple[dict[str, Any], ...]:
    """Only what a correction has told: one look's doubt about a zone is none to be reminded of."""
    told = domain.progress.corrected if domain.progress else frozenset()
    return tuple(p for key, p in zone_mistakes_of(report).items() if key in told)
