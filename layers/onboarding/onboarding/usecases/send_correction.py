"""Mail what is wrong in the customer's DNS, with the cure, each mistake once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.lifecycle import ESTABLISHED
from onboarding.domain.mistakes import beside, mistakes_of, zone_mistakes_of
from onboarding.usecases.current import Change, current_domain, update
from onboarding.usecases.mail_once import Posted, doubt, entry_for, mail_once, negation

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain
    from onboarding.ports import Clock, DomainStore, Mailer, MailLedger, Tickets

    class Store(DomainStore, MailLedger, Tickets, Protocol):
        """What correcting reads and writes."""


def send_correction(
    request_id: str, domain_name: str, *, store: Store, mailer: Mailer, clock: Clock
) -> dict[str, Any]:
    """``{"mistakes": n}`` mailed about; 0 where all of them had been mailed before."""
    domain = current_domain(store, domain_name, request_id)
    if domain.state in ESTABLISHED:
        return {"mistakes": 0}
    new = _new_mistakes(domain)
    if not new:
        return {"mistakes": 0}
    letter = _letter(domain, new)
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=clock)

    def mailed(found: SendingDomain) -> Change:
        assert found.progress is not None  # it had mistakes, so it was waiting
        progress = found.progress.with_correction(tuple(new), clock.now())
        return replace(found, progress=progress), (entry_for(letter, posted, clock),)

    update(store, domain_name, request_id, mailed)
    text = _comment(domain, new, posted)
    store.comment(domain.ticket, letter.key, text, clock.now(), public=True)
    return {"mistakes": len(new)}


Mistakes = dict[str, dict[str, Any]]
"""By identifier: the problem, and with it the record that has it, unless it is the zone's."""


def _new_mistakes(domain: SendingDomain) -> Mistakes:
    if domain.report is None or domain.progress is None:
        return {}
    zone = {key: {"problem": p} for key, p in zone_mistakes_of(domain.report).items()}
    found = {**zone, **mistakes_of(domain.report)}
    return {key: mistake for key, mistake in found.items() if key not in domain.progress.corrected}


def _letter(domain: SendingDomain, mistakes: Mistakes) -> Letter:
    digest = hashlib.sha256("".join(sorted(mistakes)).encode()).hexdigest()[:16]
    report = domain.report or {}
    return Letter(
        kind=LetterKind.CORRECTION,
        key=f"correction-{digest}",
        recipient=domain.contact_email,
        domain=domain.domain,
        ticket=domain.ticket,
        request_id=domain.request_id,
        records=domain.records,
        problems=tuple(m for m in mistakes.values() if "record" in m),
        zone_problems=tuple(m["problem"] for m in mistakes.values() if "record" not in m),
        missing=missing_records(domain),
        beside=beside(report),
        report=domain.report,
    )


def missing_records(domain: SendingDomain) -> tuple[Any, ...]:
    """The records that the last check did not find anywhere."""
    if domain.report is None:
        return domain.records
    missing = {(r["name"], r["type"]) for r in domain.report["records"] if r["status"] == "missing"}
    return tuple(record for record in domain.records if (record.name, record.type) in missing)


def _comment(domain: SendingDomain, mistakes: Mistakes, posted: Posted) -> str:
    lines = [f"- {_subject(m, domain)}: {m['problem']['message']}" for m in mistakes.values()]
    what = "a mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    mailed = f"the contact was {negation(posted)}mailed the cure."
    told = f"The DNS of {domain.domain} has {what}; {mailed}{doubt(posted)}"
    return "\n".join([told, *lines])


def _subject(mistake: dict[str, Any], domain: SendingDomain) -> str:
    record = mistake.get("record")
    return f"{record['type']} {record['name']}" if record else domain.domain
