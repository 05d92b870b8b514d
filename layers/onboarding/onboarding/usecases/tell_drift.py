"""Tell the owner and the ticket what has become of a verified domain, each change once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from onboarding.domain.drift import APART
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.mistakes import beside, mistakes_of, zone_mistakes_of
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.usecases.current import Change, update
from onboarding.usecases.mail_once import Posted, doubt, entry_for, mail_once, negation

if TYPE_CHECKING:
    from onboarding.domain.records import Record
    from onboarding.ports import Clock, DomainStore, Mailer, MailLedger, Tickets

    class Store(DomainStore, MailLedger, Tickets, Protocol):
        """What telling reads and writes."""


Report = dict[str, Any]


_KINDS: Final = {
    State.AT_RISK: LetterKind.AT_RISK,
    State.LOST: LetterKind.LOST,
    State.VERIFIED: LetterKind.RECOVERED,
}


def tell_drift(
    domain: SendingDomain,
    report: Report,
    since: datetime | None,
    *,
    store: Store,
    mailer: Mailer,
    clock: Clock,
) -> None:
    """That it has come into its state; ``since`` is when its records were first found to be gone.

    The occasion is when it came into the state, so a repeat tells nothing new, and the next time is
    another occasion.
    """
    kind = _KINDS[domain.state]
    letter = replace(
        _letter(domain, kind, f"{kind.value}-{domain.since:%Y%m%dT%H%M%S}", report),
        since=since,
        expires_at=_lost_at(kind, since),
    )
    posted = _mail(domain, letter, store=store, mailer=mailer, clock=clock)
    said = _COMMENTS[kind].format(domain=domain.domain, not_=negation(posted))
    text = f"{said}{_findings(report, kind)}{doubt(posted)}"
    key = f"{letter.key}-{domain.request_id}"
    store.comment(domain.ticket, key, text, clock.now(), public=True)


_COMMENTS: Final = {
    LetterKind.AT_RISK: (
        "{domain} is at risk: DNS records that it needs are not there any more. E-mail still goes "
        "out, and will fail if they stay away. The contact was {not_}mailed the cure."
    ),
    LetterKind.LOST: (
        "{domain} is lost: its DNS records have been gone for too long, and e-mail from it is not "
        "authenticated any more. The contact was {not_}mailed the cure; the domain comes back by "
        "itself once the records do."
    ),
    LetterKind.RECOVERED: (
        "{domain} is verified again: all its DNS records are back. The contact was {not_}told."
    ),
}


@dataclass(frozen=True, slots=True)
class Move:
    """A zone's name servers before and after, and whether records did not come along. ``check`` is
    when the check was due that found it: the same move may come again, after a way back."""

    before: Sequence[str]
    after: Sequence[str]
    records_lost: bool
    check: datetime

    @property
    def digest(self) -> str:
        servers = (*sorted(self.before), "", *sorted(self.after))
        text = "\n".join((*servers, self.check.isoformat()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def __str__(self) -> str:
        return f"The DNS moved from {', '.join(self.before)} to {', '.join(self.after)}."


def tell_move(
    domain: SendingDomain,
    move: Move,
    report: Report,
    *,
    store: Store,
    mailer: Mailer,
    clock: Clock,
) -> None:
    """That the zone has other name servers; the owner hears of it only where records did not come
    along. The occasion is the check that found it, however often that is done."""
    came = "Records did not come along." if move.records_lost else "All records came along."
    _note(domain, Entry(clock.now(), "dns_moved", f"{move} {came}"), move.check, store)
    if not move.records_lost:
        return
    kind = LetterKind.DNS_MOVED
    letter = replace(
        _letter(domain, kind, f"dns-moved-{move.digest}", report),
        since=clock.now(),
        nameservers_before=tuple(move.before),
        nameservers_now=tuple(move.after),
    )
    posted = _mail(domain, letter, store=store, mailer=mailer, clock=clock)
    text = (
        f"{move} Records of {domain.domain} did not come along, so e-mail from it will fail. The "
        f"contact was {negation(posted)}mailed which ones to add there."
        f"{_findings(report, kind)}{doubt(posted)}"
    )
    key = f"{letter.key}-{domain.request_id}"
    store.comment(domain.ticket, key, text, clock.now(), public=True)


def _lost_at(kind: LetterKind, since: datetime | None) -> datetime | None:
    """When a domain whose records are gone counts as lost, if they stay away."""
    warns = kind in (LetterKind.AT_RISK, LetterKind.DNS_MOVED)
    return since + APART if warns and since is not None else None


def _note(domain: SendingDomain, entry: Entry, since: datetime, store: DomainStore) -> None:
    """A line on the timeline, unless it stands there already since ``since``."""

    def noted(found: SendingDomain) -> Change | None:
        lines = store.timeline(found.domain)
        said = ((line.what, line.why) for line in lines if line.at >= since)
        if (entry.what, entry.why) in said:
            return None
        return found, (entry,)

    update(store, domain.domain, domain.request_id, noted)


def _mail(
    domain: SendingDomain, letter: Letter, *, store: Store, mailer: Mailer, clock: Clock
) -> Posted:
    posted = mail_once(letter, ledger=store, mailer=mailer, clock=clock)
    if not posted.is_repeat:
        entry = entry_for(letter, posted, clock)
        update(store, domain.domain, domain.request_id, lambda d: (d, (entry,)))
    return posted


def _letter(domain: SendingDomain, kind: LetterKind, key: str, report: Report) -> Letter:
    return Letter(
        kind=kind,
        key=key,
        recipient=domain.contact_email,
        domain=domain.domain,
        ticket=domain.ticket,
        request_id=domain.request_id,
        records=domain.records,
        problems=tuple(_problems(report)),
        zone_problems=tuple(zone_mistakes_of(report).values()),
        missing=_missing(domain, report),
        beside=beside(report),
        zone=report["zone"]["cut"] or None,
        report=report,
    )


def _problems(report: Report) -> list[dict[str, Any]]:
    """What is wrong at a name, or at some of the name servers only."""
    spreading = [
        {"record": record, "problem": problem}
        for record in report["records"]
        if record["status"] == "propagating"
        for problem in record["problems"]
    ]
    return [*mistakes_of(report).values(), *spreading]


def _missing(domain: SendingDomain, report: Report) -> tuple[Record, ...]:
    gone = {(r["name"], r["type"]) for r in report["records"] if r["status"] == "missing"}
    return tuple(record for record in domain.records if (record.name, record.type) in gone)


def _findings(report: Report, kind: LetterKind) -> str:
    """What was found, a line each, for whoever reads the ticket."""
    if kind is LetterKind.RECOVERED:
        return ""
    lines = [
        f"\n- {record['type']} {record['name']}: {problem['message']}"
        for record in report["records"]
        for problem in record["problems"]
    ]
    return "".join([*lines, *(f"\n- {p['message']}" for p in zone_mistakes_of(report).values())])
