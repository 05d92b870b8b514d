"""Look whether the records are there, at the zone's name servers and then at SES, and decide what
follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from onboarding.domain.check import Report, Verdict, diagnose
from onboarding.domain.identity import Identity, IdentityStatus
from onboarding.domain.lifecycle import ESTABLISHED
from onboarding.domain.mistakes import lasting_zone_mistakes, mistakes_of, zone_mistakes_of
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.schedule import Action, Look, Step, next_step
from onboarding.port_errors import SesBusy
from onboarding.usecases.current import Change, current_domain, update
from onboarding.usecases.mail_from_use import as_used, is_in_use

if TYPE_CHECKING:
    from onboarding.ports import Clock, DnsObserver, DomainStore, Identities, Random


def check_records(
    request_id: str,
    domain_name: str,
    *,
    store: DomainStore,
    dns: DnsObserver,
    identities: Identities,
    clock: Clock,
    random: Random,
) -> dict[str, Any]:
    """``{"action", "reason", "wait_seconds", "reminder", "verdict"}``; see ``domain.schedule``.

    Once the domain is verified, by whoever looked first, there is nothing left to look for here:
    the workflow that wakes up later ends as if it had seen it itself.
    """
    domain = current_domain(store, domain_name, request_id)
    if domain.state in ESTABLISHED:
        return _verified_before(domain)
    if domain.progress is None:
        raise NotWaiting(f"{domain_name}: its records were never sent")
    observed = dns.observe(domain.domain, domain.records)
    report = diagnose(domain.domain, domain.records, observed, clock.now())
    look, identity = _look(domain, report, identities)
    update(
        store, domain.domain, request_id, lambda d: _with_report(d, report, look, identity, clock)
    )
    step = next_step(domain.progress, look, clock.now(), random.random())
    return _as_json(step, report)


def _verified_before(domain: SendingDomain) -> dict[str, Any]:
    return {
        "action": Action.MARK_VERIFIED.value,
        "reason": "The domain was verified before this look.",
        "wait_seconds": 0,
        "reminder": None,
        "verdict": (domain.report or {}).get("verdict", Verdict.UNKNOWN.value),
    }


class NotWaiting(Exception):
    """The domain is not waiting for its records: the workflow has skipped a step."""


def _look(
    domain: SendingDomain, report: Report, identities: Identities
) -> tuple[Look, Identity | None]:
    """The identity where SES was asked for it."""
    if report.verdict is not Verdict.READY:
        # SES's control plane allows about one request a second: ask it only for the last word.
        found = report.as_json()
        lasting = lasting_zone_mistakes(found, domain.report)
        return Look(mistakes=tuple(mistakes_of(found)), zone_mistakes=lasting), None
    try:
        identity = identities.get(domain.domain)
    except SesBusy as busy:
        return Look(busy_seconds=busy.wait_seconds), None
    if identity is None:
        raise IdentityMissing(domain.domain)
    look = Look(
        verified=is_verified(domain, identity),
        search_ended=search_ended(domain, identity),
        complete_for=_complete_for(domain, report),
    )
    return look, identity


def _complete_for(domain: SendingDomain, report: Report) -> timedelta:
    """How long every record has been there at least: since the look before, if that saw so too."""
    before = domain.report
    if before is None or before["verdict"] != Verdict.READY:
        return timedelta(0)
    return report.checked_at - datetime.fromisoformat(before["checked_at"])


class IdentityMissing(Exception):
    """SES does not know the domain any more: somebody deleted the identity by hand."""


def is_verified(domain: SendingDomain, identity: Identity) -> bool:
    dkim = identity.dkim_status is IdentityStatus.SUCCESS and identity.verified_for_sending
    return dkim and (domain.mail_from is None or is_in_use(domain, identity))


def search_ended(domain: SendingDomain, identity: Identity) -> bool:
    if identity.dkim_status is IdentityStatus.FAILED:
        return True
    # A MAIL FROM that somebody set up before, and that was not asked for now, is not waited for.
    return domain.mail_from is not None and identity.mail_from_status is IdentityStatus.FAILED


def _with_report(
    domain: SendingDomain, report: Report, look: Look, identity: Identity | None, clock: Clock
) -> Change:
    summary, now = _summary(report, look), clock.now()
    # A hundred looks that found the same are one line of the timeline.
    entries = () if domain.summary == summary else (Entry(now, "checked", summary),)
    used = None if identity is None else as_used(domain, identity, now)
    if used is not None:
        domain, entries = used[0], (*used[1], *entries)
    return replace(domain, report=report.as_json(), summary=summary), entries


def _summary(report: Report, look: Look) -> str:
    statuses = [record.status.value for record in report.records]
    counts = [f"{statuses.count(s)} {s}" for s in dict.fromkeys(statuses)]
    text = f"DNS is {report.verdict.value}: of {len(statuses)} records " + ", ".join(counts) + "."
    codes = {problem.code.value for record in report.records for problem in record.problems}
    codes |= {problem["code"] for problem in zone_mistakes_of(report.as_json()).values()}
    if codes - {"missing"}:
        text += f" Problems: {', '.join(sorted(codes))}."
    if report.verdict is Verdict.READY and not look.verified:
        text += " Waiting for Amazon SES to see them."
    return text


def _as_json(step: Step, report: Report) -> dict[str, Any]:
    return {
        "action": step.action.value,
        "reason": step.reason,
        "wait_seconds": step.wait_seconds,
        "reminder": step.reminder.value if step.reminder else None,
        "verdict": report.verdict.value,
    }
