"""Look at many verified domains at once: do they still have what verified them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.check import Report, diagnose
from onboarding.domain.drift import AtSes, Course, Finding, course, finding_of
from onboarding.domain.identity import Identity, IdentityStatus
from onboarding.domain.lifecycle import ESTABLISHED, State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.responsibility import runs
from onboarding.domain.watch import (
    SOON,
    Due,
    Watch,
    after_unknown,
    came_new,
    interval_of,
)
from onboarding.port_errors import SesBusy
from onboarding.usecases.check_records import is_verified, search_ended
from onboarding.usecases.current import Change, Superseded, update
from onboarding.usecases.mail_from_use import as_used
from onboarding.usecases.restart_verification import restart_verification
from onboarding.usecases.tell_drift import Move, tell_drift, tell_move

if TYPE_CHECKING:
    from onboarding.domain.observation import Observation
    from onboarding.ports import Clock, Identities, Mailer, ManyDomains, Random, WatchStore
    from onboarding.usecases.tell_drift import Store as TellingStore

    class Store(TellingStore, Protocol):
        """What checking reads and writes."""


def check_domains(
    due: Sequence[Due],
    *,
    store: Store,
    watches: WatchStore,
    dns: ManyDomains,
    identities: Identities,
    mailer: Mailer,
    clock: Clock,
    random: Random,
) -> dict[Due, Exception]:
    """The checks that failed and why, to be called for again; all others are done.

    A check that was done meanwhile, or called for anew, is done nothing for.
    """
    run = _Run(store, watches, identities, mailer, clock, random)
    cases = _cases(due, watches)
    reports: dict[str, Report] = {}
    failed: dict[Due, Exception] = {}

    def seen(domain: str, observed: Observation) -> None:
        case = cases[domain]
        try:
            reports[domain] = diagnose(domain, case.domain.records, observed, clock.now())
        except Exception as failure:  # whatever somebody publishes may only hold up their own
            failed[case.due] = failure

    dns.observe_each([(name, case.domain.records) for name, case in cases.items()], seen)
    for name, case in cases.items():
        if case.due in failed:
            continue
        try:
            run.follow(case, reports[name])
        except Superseded:
            continue  # another request has it, or it was off-boarded in this moment
        except Exception as failure:  # one that fails must not hold up the others
            failed[case.due] = failure
    if failed and len(failed) == len(due):
        raise next(iter(failed.values()))
    return failed


@dataclass(frozen=True, slots=True)
class _Case:
    """One check, with what is known of its domain."""

    due: Due
    domain: SendingDomain
    watch: Watch


def _cases(due: Sequence[Due], watches: WatchStore) -> dict[str, _Case]:
    known = watches.watched([each.domain for each in due])
    cases = {}
    for each in due:
        domain, watch = known[each.domain]
        if watch is None or watch.next_check_at != each.at:
            continue
        if domain is None or domain.state not in ESTABLISHED:
            watches.end_watch(each.domain)  # begun anew when it is verified again
            continue
        cases[each.domain] = _Case(each, domain, watch)
    return cases


@dataclass(frozen=True, slots=True)
class _Run:
    """The ports of one run."""

    store: Store
    watches: WatchStore
    identities: Identities
    mailer: Mailer
    clock: Clock
    random: Random

    def follow(self, case: _Case, report: Report) -> None:
        """Do what follows from a report, each step safe to repeat; the watch is written last, so
        that what dies on the way is done again."""
        found = report.as_json()
        finding = finding_of(found)
        try:
            identity, asked = self._at_ses(case, finding)
        except SesBusy:
            self._save(case, case.watch, SOON)
            return
        domain, watch = case.domain, case.watch
        if asked and identity is None and not watch.missing_at_ses:
            domain = self._missing(domain)
            # Nothing that the owner could cure: the ticket and the operator know.
            told = domain.state if watch.told is State.VERIFIED else watch.told
            watch = replace(watch, missing_at_ses=True, told=told)
        at_ses = None if identity is None else _as_ses(domain, identity)
        now = self.clock.now()
        domain = self._used(domain, identity, finding, now)
        way = course(domain.state, finding, watch.first_negative_at, at_ses, now)
        domain = self._write(domain, way, found, finding, now)
        if at_ses is not None and at_ses.gave_up and finding is Finding.POSITIVE:
            domain = self._look_again_at_ses(domain)
        since = way.first_negative_at or watch.first_negative_at
        watch = self._told(replace(case, domain=domain, watch=watch), found, finding, since)
        watch = replace(
            watch,
            first_negative_at=way.first_negative_at,
            ses_changed=False,
            missing_at_ses=watch.missing_at_ses and (not asked or identity is None),
        )
        wait = after_unknown if finding is Finding.UNKNOWN else interval_of
        self._save(case, watch, wait(domain.state, domain.since, now))

    # SES

    def _at_ses(self, case: _Case, finding: Finding) -> tuple[Identity | None, bool]:
        """The identity, and whether it was asked for: SES's control plane allows one request a
        second, so only for a change in its list, and for the last word on a cure."""
        cured = finding is Finding.POSITIVE and case.domain.state is not State.VERIFIED
        if not (cured or case.watch.ses_changed):
            return None, False
        return self.identities.get(case.domain.domain), True

    def _used(
        self, domain: SendingDomain, identity: Identity | None, finding: Finding, now: datetime
    ) -> SendingDomain:
        """With who answers from now on. Where records are gone SES is asked for that alone, until
        it says that it uses its own MAIL FROM."""
        if identity is None and finding is Finding.NEGATIVE and runs(domain.responsibility):
            try:
                identity = self.identities.get(domain.domain)
            except SesBusy:
                return domain  # it is looked at again, and nothing else waits for this
        if identity is None or as_used(domain, identity, now) is None:
            return domain
        seen = identity
        return update(self.store, domain.domain, domain.request_id, lambda d: as_used(d, seen, now))

    def _missing(self, domain: SendingDomain) -> SendingDomain:
        """What SES does not hold is not verified. The operator is told by the line's event."""
        why = "Amazon SES does not hold the domain any more: its identity was deleted by hand."
        now = self.clock.now()

        def missing(found: SendingDomain) -> Change:
            entries = (Entry(now, "identity_missing", why),)
            if found.state is not State.VERIFIED:
                return found, entries
            at_risk = found.become(State.AT_RISK, now)
            return at_risk, (*entries, Entry(now, State.AT_RISK.value, why))

        marked = update(self.store, domain.domain, domain.request_id, missing)
        text = (
            f"{domain.domain} is at risk: {why} E-mail from it fails until the operator, who has "
            "been alarmed, has made it again. The contact was not mailed: there is nothing to do "
            "at the customer's."
        )
        key = f"identity-missing-{marked.since:%Y%m%dT%H%M%S}-{domain.request_id}"
        self.store.comment(domain.ticket, key, text, now)
        return marked

    def _is_back(self, domain: SendingDomain) -> None:
        """The ticket heard of what was missing, and its contact did not."""
        text = f"{domain.domain} is verified again: Amazon SES holds it, and all records are there."
        key = f"identity-back-{domain.since:%Y%m%dT%H%M%S}-{domain.request_id}"
        self.store.comment(domain.ticket, key, text, self.clock.now())

    def _look_again_at_ses(self, domain: SendingDomain) -> SendingDomain:
        """The records are there and SES looks no more: without this nothing would ever cure it."""
        restart_verification(
            domain.request_id,
            domain.domain,
            store=self.store,
            identities=self.identities,
            clock=self.clock,
        )
        return self.store.domain(domain.domain) or domain

    # The domain

    def _write(
        self,
        domain: SendingDomain,
        way: Course,
        report: dict[str, Any],
        finding: Finding,
        now: datetime,
    ) -> SendingDomain:
        """Its new state and report. A healthy domain is not written: a million of them are
        checked every day."""
        if not way.steps and (finding is Finding.UNKNOWN or domain.state is State.VERIFIED):
            return domain

        def changed(found: SendingDomain) -> Change | None:
            if found.state is not domain.state:
                raise Superseded(f"{found.domain} has become {found.state} in the meantime")
            entries = []
            for state, why in way.steps:
                found = found.become(state, now)
                what = "recovered" if state is State.VERIFIED else state.value
                entries.append(Entry(now, what, why))
            return replace(found, report=report), tuple(entries)

        return update(self.store, domain.domain, domain.request_id, changed)

    def _told(
        self,
        case: _Case,
        report: dict[str, Any],
        finding: Finding,
        since: datetime | None,
    ) -> Watch:
        """The watch once everybody knows what has become of the domain."""
        domain, watch = case.domain, case.watch
        seen = tuple(report["zone"]["nameservers"])
        new = () if finding is Finding.UNKNOWN else came_new(watch.nameservers, seen)
        lost = finding is Finding.NEGATIVE
        store, mailer, clock = self.store, self.mailer, self.clock
        if new:
            move = Move(watch.nameservers, seen, lost, case.due.at)
            tell_move(domain, move, report, store=store, mailer=mailer, clock=clock)
        # A loss of records by a move is told as the move that it is, in one letter.
        told_by_move = bool(new) and lost and domain.state is State.AT_RISK
        if watch.missing_at_ses and watch.told is State.AT_RISK and domain.state is State.VERIFIED:
            self._is_back(domain)
        elif domain.state is not watch.told and not told_by_move:
            tell_drift(domain, report, since, store=store, mailer=mailer, clock=clock)
        known = watch.nameservers if finding is Finding.UNKNOWN or not seen else seen
        return replace(watch, told=domain.state, nameservers=known)

    def _save(self, case: _Case, watch: Watch, interval: Any) -> None:
        again = watch.again(interval, self.clock.now(), self.random.random())
        self.watches.save_watch(again, case.due.at)


def _as_ses(domain: SendingDomain, identity: Identity) -> AtSes:
    failed = search_ended(domain, identity) or (
        identity.dkim_status is IdentityStatus.NOT_STARTED and not identity.verified_for_sending
    )
    return AtSes(verified=is_verified(domain, identity), gave_up=failed)
