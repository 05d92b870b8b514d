"""On a schedule: weigh the bounces and complaints that came in, and warn where a threshold was
crossed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

from onboarding.domain.approval import (
    Approval,
    ApprovalKind,
    ApprovalStatus,
    Ask,
    asked,
    question,
)
from onboarding.domain.feedback_rates import (
    Crossing,
    FeedbackWatch,
    Level,
    Scope,
    Tally,
    Thresholds,
    first_day,
    may_cross,
    of_party,
    says_it,
    tally,
    weighed,
)
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.responsibility import Responsible
from onboarding.port_errors import ConcurrentChange
from onboarding.usecases import documents as shared
from onboarding.usecases.current import MAX_TRIES
from onboarding.usecases.feedback_window import Organisation
from onboarding.usecases.mail_once import Posted, doubt, entry_for, mail_once, negation
from onboarding.usecases.sent_mail import SentMail, Subject, name_of

if TYPE_CHECKING:
    from onboarding.domain.feedback import Flag, Touched
    from onboarding.ports import (
        AddressStore,
        Approvals,
        Clock,
        DomainStore,
        FeedbackWatches,
        FlagStore,
        Mailer,
        MailLedger,
        ProvisionedStore,
        Quotas,
        SentVolumes,
        Tenancy,
        Tickets,
    )

    class Store(
        DomainStore,
        AddressStore,
        MailLedger,
        Tickets,
        Approvals,
        Quotas,
        ProvisionedStore,
        Protocol,
    ):
        """What weighing reads and writes."""


_SENDING: Final = (State.VERIFIED, State.AT_RISK, State.LOST)
"""States in which mail goes out, or did a moment ago."""


def weigh_feedback(
    *,
    flags: FlagStore,
    watches: FeedbackWatches,
    volumes: SentVolumes,
    tenancy: Tenancy,
    store: Store,
    mailer: Mailer,
    thresholds: Thresholds,
    clock: Clock,
) -> dict[str, int]:
    """How often what was done: ``{"weighed": 3, "warned": 1}``. Safe to run twice at once: a
    crossing is written once, and whoever finds one that was not told to all tells it.

    Raises ``ExceptionGroup`` of what failed, after all others were weighed; a day that failed stays
    on the list.
    """
    run = _Run(flags, watches, volumes, tenancy, store, mailer, thresholds, clock)
    # First, and for themselves: what a person has decided waits for no number of SES's.
    for approval in list(store.undelivered_approvals()):
        run.attempt(partial(run.pause, approval))
    for organisation, listed in run.by_organisation():
        run.weigh(organisation, listed)
    if run.failures:
        raise ExceptionGroup("some feedback could not be weighed", run.failures)
    return dict(run.done)


@dataclass
class _Run:
    """The ports of one run, and what it has read of them: each number, flag and scope once, however
    many days of how many domains are to be weighed."""

    flags: FlagStore
    watches: FeedbackWatches
    volumes: SentVolumes
    tenancy: Tenancy
    store: Store
    mailer: Mailer
    thresholds: Thresholds
    clock: Clock

    def __post_init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.failures: list[Exception] = []
        self._today = self.clock.now().date()
        self._mail = SentMail(self.volumes, first_day(self._today), self._today)

    def attempt(self, action: Callable[[], object]) -> bool:
        """Whether it was done: one that fails must not hold up the others."""
        try:
            action()
        except Exception as failure:
            self.failures.append(failure)
            return False
        return True

    def by_organisation(self) -> Iterator[tuple[Organisation, list[Touched]]]:
        """What is to be weighed together. What was weighed is settled before the next begins, so
        that a run that is cut short has not been for nothing."""
        found: dict[tuple[str, bool], list[Touched]] = {}
        keys: dict[str, tuple[str, bool]] = {}
        for touched in self.flags.touched():
            account = touched.account_id
            if account not in keys:
                holder = self.store.account(account)
                known = holder is not None
                keys[account] = (holder.organisation_id if holder else account, known)
            found.setdefault(keys[account], []).append(touched)
        subjects = self._subjects({name for name, known in found if known}, keys.keys())
        for (name, known), listed in found.items():
            yield Organisation(name if known else None, subjects.get(name, []), self.flags), listed

    def _subjects(self, organisations: Set[str], accounts: Set[str]) -> dict[str, list[Subject]]:
        """By organisation, those of all that sends which are needed; of an account that nobody
        knows any more by that."""
        found: dict[str, list[Subject]] = {}
        if accounts:
            every: Iterator[Subject] = chain(
                self.store.domains(_SENDING), self.store.addresses(_SENDING)
            )
            for each in every:
                if each.organisation_id in organisations:
                    found.setdefault(each.organisation_id, []).append(each)
                elif each.account_id in accounts:
                    found.setdefault(each.account_id, []).append(each)
        return found

    def weigh(self, organisation: Organisation, listed: list[Touched]) -> None:
        """The domains of these days, then their accounts, then all of the organisation."""
        recent = [t for t in listed if t.day >= first_day(self._today)]
        failed: set[Touched] = set()
        by_account: dict[str, set[str]] = {}
        for touched in recent:
            by_account.setdefault(touched.account_id, set()).add(touched.domain)
        narrower: list[_Judged] = []
        for account, domains in by_account.items():
            judged: list[_Judged] = []
            for domain in sorted(domains):
                act = partial(self._weigh_domain, organisation, account, domain, judged)
                if not self.attempt(act):
                    failed |= {t for t in recent if (t.account_id, t.domain) == (account, domain)}
            if not self.attempt(partial(self._weigh_account, organisation, account, judged)):
                failed |= {t for t in recent if t.account_id == account}
            narrower += judged
        if recent and not self.attempt(partial(self._weigh_all, organisation, narrower)):
            failed |= set(recent)
        for touched in listed:
            # Where more has come meanwhile the day stays listed, and is weighed again.
            if touched not in failed and self.attempt(partial(self.flags.settle, touched)):
                self.done["weighed"] += 1

    def _weigh_domain(
        self, whose: Organisation, account: str, domain: str, judged: list[_Judged]
    ) -> None:
        flags = whose.flags_of(account, self._today, domain)
        subjects = whose.subjects_of(account, domain)
        subject = self._subject(account, domain, subjects)
        party = Responsible.CUSTOMER
        # Of what a customer has signed for there are flags, and no rates: their number has to do.
        signed_for = tally(of_party(flags, party))
        self._judge(Scope("domain", domain, party, account), signed_for, subject, [])
        found = self._tally(whose, flags, subjects)
        # Before anybody is told: should that fail, the next run tells it.
        judged.append(_Judged(found, subject))
        self._judge(Scope("domain", domain, Responsible.PROVIDER, account), found, subject, [])

    def _weigh_account(self, whose: Organisation, account: str, judged: list[_Judged]) -> None:
        subjects = whose.subjects_of(account)
        found = self._tally(whose, whose.flags_of(account, self._today), subjects)
        narrower = tuple(judged)
        subject = _worst(narrower) or next(iter(subjects), None)
        judged.append(_Judged(found, subject))
        self._judge(Scope("account", account, Responsible.PROVIDER), found, subject, narrower)

    def _weigh_all(self, whose: Organisation, narrower: Sequence[_Judged]) -> None:
        if whose.name is None:
            return
        found = self._tally(whose, whose.all_flags(self._today), whose.subjects)
        scope = Scope("organisation", whose.name, Responsible.PROVIDER)
        self._judge(scope, found, _worst(narrower), narrower)

    def _tally(
        self, whose: Organisation, flags: Iterable[Flag], subjects: Sequence[Subject]
    ) -> Tally:
        """Of what the provider answers for. Bounces and e-mails are of the same mail; where it is
        not known how many went out, all bounces are counted."""
        mine = of_party(flags, Responsible.PROVIDER)
        found = tally(mine)
        if not may_cross(found, self.thresholds):
            return replace(found, sent=0)  # whatever SES would say
        self._mail.ask(whose.subjects)  # a wider scope has as many, and will want to know as well
        sent = self._mail.total(subjects)
        return found if sent is None else tally(self._mail.about(subjects, mine), sent)

    def _subject(self, account: str, domain: str, subjects: Sequence[Subject]) -> Subject | None:
        """Whose contact and ticket are told."""
        found = self.store.domain(domain)
        if found is not None and found.account_id == account:
            return found
        return next(iter(subjects), None)

    # Telling

    def _judge(
        self,
        scope: Scope,
        found: Tally,
        subject: Subject | None,
        narrower: Sequence[_Judged],
    ) -> None:
        watch = self._written(scope, found)
        for crossing in watch.pending:
            silent = any(
                each.subject is not None and says_it(each.found, found, crossing, self.thresholds)
                for each in narrower
            )
            if subject is not None and not silent:
                self._tell(scope, crossing, subject)
                self.done["warned"] += 1
        if watch.pending:
            told = {crossing.number for crossing in watch.pending}
            self._change(scope.key, lambda w: _without(w, told))

    def _written(self, scope: Scope, found: Tally) -> FeedbackWatch:
        now = self.clock.now()
        return self._change(
            scope.key, lambda watch: weighed(watch, scope, found, self.thresholds, now)
        )

    def _change(self, key: str, change: Callable[[FeedbackWatch], FeedbackWatch]) -> FeedbackWatch:
        for _ in range(MAX_TRIES):
            try:
                return self.watches.save_watch(change(self.watches.watch(key)))
            except ConcurrentChange:
                continue
        raise ConcurrentChange(key)

    def _tell(self, scope: Scope, crossing: Crossing, subject: Subject) -> None:
        """The party that answers, the ticket, and by the timeline's event the operator: each once,
        whoever repeats it."""
        number = f"{scope.kind}-{scope.responsible.value}-{crossing.number}"
        letter = Letter(
            kind=LetterKind.FEEDBACK_WARNING,
            key=f"feedback-{scope.name}-{number}",
            recipient=subject.contact_email,
            domain=name_of(subject),
            ticket=subject.ticket,
            request_id=subject.request_id,
            notes=(crossing.text,),
        )
        posted = mail_once(letter, ledger=self.store, mailer=self.mailer, clock=self.clock)
        self._note(subject, Entry(self.clock.now(), "feedback_warning", crossing.text))
        if posted in (Posted.UNRESOLVED, Posted.STOPPED):
            self._note(subject, entry_for(letter, posted, self.clock))
        cure = "tell the contact what stands here"
        self.store.comment(
            subject.ticket,
            letter.key,
            f"{crossing.text} The contact was {negation(posted)}told.{doubt(posted, cure)}",
            self.clock.now(),
        )
        if crossing.level is Level.PAUSE and self.thresholds.pause:
            self._ask_to_pause(crossing, subject)

    def _note(self, subject: Subject, entry: Entry) -> None:
        if isinstance(subject, SendingDomain):
            shared.note(subject.domain, subject.request_id, entry, self.store)
            return
        timeline = self.store.timeline(subject.address)
        if not any((e.what, e.why) == (entry.what, entry.why) for e in timeline):
            found = self.store.address(subject.address)
            if found is not None:
                self.store.save_address(found, entry)

    def _ask_to_pause(self, crossing: Crossing, subject: Subject) -> None:
        """Whether the account is to stop sending: a person's yes or no, asked once a week."""
        account, now = subject.account_id, self.clock.now()
        year, week, _ = now.isocalendar()
        approval = self.store.open_approval(
            asked(
                Ask(ApprovalKind.PAUSE_SENDING, crossing.text),
                origin=f"pause-{account}-{year}-{week}",
                subject=account,
                account_id=account,
                organisation_id=subject.organisation_id,
                ticket=subject.ticket,
                now=now,
            )
        )
        key = f"approval-{approval.approval_id}"
        self.store.comment(subject.ticket, key, question(approval), now)

    # What was approved

    def pause(self, approval: Approval) -> None:
        given = approval.status is ApprovalStatus.GIVEN
        if not given or approval.kind is not ApprovalKind.PAUSE_SENDING:
            return
        tenant = self.store.provisioned(approval.account_id).tenant
        text = f"Account {approval.account_id} has no tenant of its own: it cannot be paused."
        if tenant is not None:
            self.tenancy.pause_sending(tenant)
            text = (
                f"Account {approval.account_id} sends nothing any more. "
                f"`xes account set {approval.account_id} --sending enabled` lets it send again."
            )
        now = self.clock.now()
        self.store.apply_approval(approval, now)
        self.store.comment(approval.ticket, f"paused-{approval.approval_id}", text, now)
        self.store.mark_delivered(approval.approval_id)
        self.done["paused"] += tenant is not None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A scope that was weighed in this run, and who was told what it said, if anybody."""

    found: Tally
    subject: Subject | None


def _worst(judged: Iterable[_Judged]) -> Subject | None:
    """Whom a wider scope is told by: those who have most to do with it."""
    known = [each for each in judged if each.subject is not None]
    worst = max(known, key=lambda e: (e.found.complaints, e.found.bounces), default=None)
    return None if worst is None else worst.subject


def _without(watch: FeedbackWatch, told: set[int]) -> FeedbackWatch:
    return replace(watch, pending=tuple(c for c in watch.pending if c.number not in told))
