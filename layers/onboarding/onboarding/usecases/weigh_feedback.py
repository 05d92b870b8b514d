"""On a schedule: weigh the bounces and complaints that came in, and warn where a threshold was
crossed."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final, Protocol

from onboarding.domain.addresses import domain_of
from onboarding.domain.approval import (
    Approval,
    ApprovalKind,
    ApprovalStatus,
    Ask,
    asked,
    question,
)
from onboarding.domain.feedback import Flag
from onboarding.domain.feedback_rates import (
    WINDOW,
    Crossing,
    FeedbackWatch,
    Level,
    Scope,
    Tally,
    Thresholds,
    of_party,
    tally,
    weighed,
)
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.responsibility import Responsible, responsible_at
from onboarding.domain.sender_address import SenderAddress
from onboarding.ports import (
    AddressStore,
    Approvals,
    Clock,
    ConcurrentChange,
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
    Touched,
)
from onboarding.usecases import documents as shared
from onboarding.usecases.current import MAX_TRIES
from onboarding.usecases.mail_once import Posted, doubt, entry_for, mail_once, negation


class Store(
    DomainStore, AddressStore, MailLedger, Tickets, Approvals, Quotas, ProvisionedStore, Protocol
):
    """What weighing reads and writes."""


Subject = SendingDomain | SenderAddress

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
    failures = []
    for touched in list(flags.touched()):
        try:
            run.weigh(touched)
        except Exception as failure:  # one that fails must not hold up the others
            failures.append(failure)
    run.pause_what_was_approved()
    if failures:
        raise ExceptionGroup("some feedback could not be weighed", failures)
    return dict(run.done)


@dataclass
class _Run:
    """The ports of one run, and what it has read of them."""

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

    def weigh(self, touched: Touched) -> None:
        today = self.clock.now().date()
        if today - touched.day <= WINDOW:
            self._weigh(touched)
        self.done["weighed"] += 1
        # Where more has come meanwhile the day stays listed, and is weighed again.
        self.flags.settle(touched)

    def _weigh(self, touched: Touched) -> None:
        account, domain = touched.account_id, touched.domain
        mine = list(self._window(account, domain))
        subject = self._subject(account, domain)
        party = Responsible.CUSTOMER
        # Of what a customer has signed for there are flags, and no rates: their number has to do.
        signed_for = tally(of_party(mine, party))
        self._judge(Scope("domain", domain, party, account), signed_for, subject)
        party = Responsible.PROVIDER
        told: list[Tally] = []
        for scope, found in self._tallies(touched, mine):
            # A wider scope that holds nothing else says nothing new.
            silent = any((t.bounces, t.complaints) == (found.bounces, found.complaints)
                         for t in told)  # fmt: skip
            self._judge(scope, found, None if silent else subject)
            told.append(found)

    def _tallies(self, touched: Touched, mine: list[Flag]) -> Iterator[tuple[Scope, Tally]]:
        """Of what the provider answers for, the narrowest scope first."""
        party, account = Responsible.PROVIDER, touched.account_id
        sent = self._sent(lambda s: s.account_id == account and _domain(s) == touched.domain)
        found = tally(of_party(mine, party), sent)
        yield Scope("domain", touched.domain, party, account), found
        sent = self._sent(lambda s: s.account_id == account)
        yield (
            Scope("account", account, party),
            tally(of_party(self._window(account), party), sent),
        )
        holder = self.store.account(account)
        if holder is not None:
            name = holder.organisation_id
            accounts = {s.account_id for s in self._subjects if s.organisation_id == name}
            every = [f for a in sorted(accounts | {account}) for f in self._window(a)]
            sent = self._sent(lambda s: s.organisation_id == name)
            yield Scope("organisation", name, party), tally(of_party(every, party), sent)

    def _window(self, account: str, domain: str | None = None) -> Iterator[Flag]:
        today = self.clock.now().date()
        return self.flags.flags(account, domain, today - WINDOW, today)

    @cached_property
    def _subjects(self) -> list[Subject]:
        return [*self.store.domains(_SENDING), *self.store.addresses(_SENDING)]

    def _sent(self, wanted: Callable[[Subject], bool]) -> int | None:
        """E-mails of the window; of identities that a customer has signed for nothing is asked."""
        now = self.clock.now()
        names = {_name(s) for s in self._subjects if wanted(s) and not _is_signed_for(s, now)}
        if not names:
            return None
        days = self.volumes.sent(frozenset(names), now.date() - WINDOW, now.date())
        return None if days is None else sum(days.values())

    def _subject(self, account: str, domain: str) -> Subject | None:
        """Whose contact and ticket are told."""
        found = self.store.domain(domain)
        if found is not None and found.account_id == account:
            return found
        return next(
            (s for s in self._subjects if s.account_id == account and _domain(s) == domain), None
        )

    # Telling

    def _judge(self, scope: Scope, found: Tally, subject: Subject | None) -> None:
        watch = self._written(scope, found)
        for crossing in watch.pending:
            if subject is not None:
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
            domain=_name(subject),
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

    def pause_what_was_approved(self) -> None:
        for approval in list(self.store.undelivered_approvals()):
            given = approval.status is ApprovalStatus.GIVEN
            if given and approval.kind is ApprovalKind.PAUSE_SENDING:
                self._pause(approval)

    def _pause(self, approval: Approval) -> None:
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


def _without(watch: FeedbackWatch, told: set[int]) -> FeedbackWatch:
    return replace(watch, pending=tuple(c for c in watch.pending if c.number not in told))


def _name(subject: Subject) -> str:
    return subject.domain if isinstance(subject, SendingDomain) else subject.address


def _domain(subject: Subject) -> str:
    return domain_of(_name(subject))


def _is_signed_for(subject: Subject, now: datetime) -> bool:
    periods = subject.responsibility if isinstance(subject, SendingDomain) else ()
    return responsible_at(periods, subject.account_id, now) is Responsible.CUSTOMER
