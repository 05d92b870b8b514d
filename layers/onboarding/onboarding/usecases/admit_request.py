"""Admit a request: take the domain for its account, within its allowance or by an approval, or say
why it cannot be had."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from onboarding.domain.approval import (
    Approval,
    ApprovalKind,
    ApprovalStatus,
    Ask,
    approval_id,
    asked,
)
from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.names import NameRules, ancestors
from onboarding.domain.onboarding import Account, Entry, SendingDomain, Slot, StoredRequest
from onboarding.domain.ownership import Family, Objection, objection_to_claim
from onboarding.domain.plan import Impossible, NeedsApproval, WithinAllowance, admission, plan_of
from onboarding.domain.quota import Taking
from onboarding.domain.responsibility import held_on
from onboarding.port_errors import ConcurrentChange
from onboarding.usecases.current import MAX_TRIES, Superseded, stored_request
from onboarding.usecases.deliver_decision import entry_of

if TYPE_CHECKING:
    from onboarding.ports import Approvals, Clock, DomainStore, Quotas, RequestStore, Tickets

    class Store(RequestStore, DomainStore, Approvals, Quotas, Tickets, Protocol):
        """What admitting reads and writes."""


def admit_request(
    request_id: str, *, store: Store, rules: NameRules, clock: Clock
) -> dict[str, Any]:
    """``{"admitted": true, "mail_from": bool, "needs_document": bool}``;
    ``{"admitted": false, "needs_approval": true, "approval_id"}``, which is open then;
    ``{"admitted": false, "needs_approval": false, "code", "reason"}``; or, for a request that has
    ended and whose end is still to be told, the same with ``"ended"``, its outcome.

    It comes again after each approval: what was approved is applied once, in the write that takes
    the domain. A domain that waits for money is held for the request, without a slot; one that
    waits because it is another organisation's is left to its holder. Raises ``Superseded``.
    """
    stored = stored_request(store, request_id)
    if stored.outcome is State.OFFBOARDED:
        raise Superseded(f"{request_id} was ended from outside")
    if stored.outcome is not None:
        return _refused("ended", stored.why) | {"ended": stored.outcome.value}
    account = store.account(stored.request.account_id)
    if account is None:
        return _refused("unknown_account", "The account of this request does not exist any more.")
    parents = ancestors(stored.request.domain, rules)
    for _ in range(MAX_TRIES):
        family = store.family(stored.request.domain, parents)
        try:
            return _Try(stored, account, family, parents, store, clock).decide()
        except ConcurrentChange:
            continue
    raise ConcurrentChange(f"{stored.request.domain} is being claimed by many at once")


_ADDS_DOMAINS: Final = (ApprovalKind.DOMAIN_PACK, ApprovalKind.FREE_DOMAIN)


@dataclass(frozen=True, slots=True)
class _Try:
    """One try on what was read; every write of it is conditional on that."""

    stored: StoredRequest
    account: Account
    family: Family
    parents: tuple[str, ...]
    store: Store
    clock: Clock

    def decide(self) -> dict[str, Any]:
        mine = self._mine()
        if mine is not None and mine.state is State.EXPIRED:
            return self._expired(mine)
        if mine is not None and _is_settled(mine):
            return self._admitted(mine)
        permissions: dict[str, Approval] = {}
        while (objection := self._objection(permissions)) is not None:
            if objection.holder is None:
                return _refused(objection.code, objection.message)
            given = self._given(objection.holder)
            if given is None:
                return self._ask(_permission(objection), objection.holder)
            permissions[objection.holder] = given
        return self._with_a_slot(tuple(permissions.values()))

    def _mine(self) -> SendingDomain | None:
        current = self.family.current
        return current if current and current.request_id == self.stored.request_id else None

    def _expired(self, mine: SendingDomain) -> dict[str, Any]:
        """A workflow died between the domain's end and the request's."""
        lines = self.store.timeline(mine.domain)
        why = next((e.why for e in reversed(lines) if e.what == State.EXPIRED.value), "")
        return _refused("ended", why) | {"ended": State.EXPIRED.value}

    def _objection(self, permitted: Collection[str]) -> Objection | None:
        return objection_to_claim(self.account, self.stored.request_id, self.family, permitted)

    # Whose slot

    def _with_a_slot(self, permissions: tuple[Approval, ...]) -> dict[str, Any]:
        current = self.family.current
        if current is not None and current.held_slot and self._is_ours(current):
            return self._take(current.held_slot, Taking(None, _unapplied(*permissions)))
        plan = plan_of(self.store.organisation(self.account.organisation_id))
        standing = self.store.standing(self.account)
        most_free = plan.most_free_domains(self.account.kind)
        asked_before = self._asked_before()
        for approval in asked_before:
            if approval.status is ApprovalStatus.PENDING:
                return _needs(approval)  # even where there is room by now: a person was asked
        bought = _bought(asked_before, may_be_free=standing.free_domains < most_free)
        if bought is not None:
            approvals = _unapplied(*permissions, bought)
            return self._take(Slot.ACCOUNT, Taking(None, approvals, most_free))
        match admission(plan, self.account.kind, standing):
            case WithinAllowance(slot, limit):
                return self._take(slot, Taking(limit, _unapplied(*permissions)))
            case NeedsApproval(ask):
                if not permissions:
                    self._hold()
                return self._ask(ask)
            case Impossible(code, reason):
                return _refused(code, reason)

    def _is_ours(self, current: SendingDomain) -> bool:
        return current.account_id == self.account.account_id

    def _asked_before(self) -> list[Approval]:
        """What agents were asked to give this request more domains by."""
        return [found for kind in _ADDS_DOMAINS if (found := self._approval(kind))]

    # Asking

    def _approval(self, kind: ApprovalKind, holder: str = "") -> Approval | None:
        domain = self.stored.request.domain
        return self.store.approval(approval_id(self._origin(holder), domain, kind))

    def _origin(self, holder: str) -> str:
        """What is asked about one holder is not answered for the next."""
        return f"{self.stored.request_id}/{holder}" if holder else self.stored.request_id

    def _given(self, holder: str) -> Approval | None:
        found = self._approval(ApprovalKind.CROSS_ORGANISATION, holder)
        return found if found and found.status is ApprovalStatus.GIVEN else None

    def _ask(self, ask: Ask, holder: str = "") -> dict[str, Any]:
        request = self.stored.request
        approval = self.store.open_approval(
            asked(
                ask,
                origin=self._origin(holder),
                subject=request.domain,
                account_id=self.account.account_id,
                organisation_id=self.account.organisation_id,
                ticket=request.ticket,
                now=self.clock.now(),
                request_id=self.stored.request_id,
            )
        )
        return _needs(approval)

    # Writing

    def _hold(self) -> None:
        """Keep the name for this request while it waits, without a slot."""
        if self._mine() is None:
            self._claim(None, None)

    def _take(self, slot: Slot, taking: Taking) -> dict[str, Any]:
        mine = self._mine()
        if mine is None:
            return self._admitted(self._claim(slot, taking))
        return self._admitted(self.store.save(replace(mine, slot=slot), taking=taking))

    def _claim(self, slot: Slot | None, taking: Taking | None) -> SendingDomain:
        now, current = self.clock.now(), self.family.current
        approvals = taking.approvals if taking else ()
        taken = None if current is None or _is_free(current, self.account) else current
        return self.store.claim(
            replace(
                self._wanted(), slot=slot, previous_request=taken.request_id if taken else None
            ),
            self.family,
            self.parents,
            *(entry_of(approval) for approval in approvals),
            Entry(
                now,
                State.REQUESTED.value,
                f"Asked for {', '.join(sorted(self.stored.request.methods))} for account "
                f"{self.account.account_id}.",
                f"ticket {self.stored.request.ticket}",
            ),
            taking=taking,
            ended=None if taken is None else _ended(approvals, self.clock),
        )

    def _wanted(self) -> SendingDomain:
        request, previous = self.stored.request, self.family.current
        released = previous is not None and (
            previous.state in ENDS or not _is_free(previous, self.account)
        )
        account, now = self.account, self.clock.now()
        before = () if previous is None else previous.holdings
        return SendingDomain(
            domain=request.domain,
            account_id=account.account_id,
            organisation_id=account.organisation_id,
            request_id=self.stored.request_id,
            ticket=request.ticket,
            contact_email=request.contact_email,
            state=State.REQUESTED,
            since=now,
            mail_from=request.mail_from,
            previous_account=_holder_at_ses(previous) if previous and released else None,
            responsibility=() if previous is None else previous.responsibility,
            holdings=held_on(before, account.account_id, account.organisation_id, now),
        )

    def _admitted(self, domain: SendingDomain) -> dict[str, Any]:
        if domain.previous_request is not None:
            self._tell_previous(domain.previous_request)
        request = self.stored.request
        self.store.comment(
            request.ticket,
            f"admitted-{self.stored.request_id}",
            f"{request.domain} is taken for account {request.account_id}; its set-up goes on by "
            "itself.",
            self.clock.now(),
        )
        mail_from = request.mail_from is not None
        # Without a signature nobody answers for bounces and complaints: no MAIL FROM then.
        needs_document = mail_from and request.document is None
        return {"admitted": True, "mail_from": mail_from, "needs_document": needs_document}

    def _tell_previous(self, request_id: str) -> None:
        """End the request that the domain was taken from; its workflow finds that and ends."""
        previous = stored_request(self.store, request_id)
        now = self.clock.now()
        self.store.close_request(request_id, State.OFFBOARDED, _MOVED, now)
        self.store.settle_request(request_id)
        self.store.comment(
            previous.request.ticket,
            f"moved-{request_id}",
            f"{previous.request.domain} is not set up here any more. {_MOVED}",
            now,
        )


_MOVED: Final = "An agent has approved that it goes to another organisation."


def _is_settled(mine: SendingDomain) -> bool:
    """Whether this request has got what it takes: only while it is new or waits for an approval is
    there something to decide."""
    waiting = mine.state in (State.REQUESTED, State.AWAITING_APPROVAL)
    return mine.slot is not None or not waiting


def _is_free(current: SendingDomain, account: Account) -> bool:
    """Whether nobody else loses the domain when ``account`` takes it."""
    return current.state in ENDS or current.account_id == account.account_id


def _holder_at_ses(previous: SendingDomain) -> str | None:
    """For whom the identity was made: a claim that ended before it had records made none."""
    return previous.account_id if previous.records else previous.previous_account


def _bought(approvals: list[Approval], *, may_be_free: bool) -> Approval | None:
    """One that was given and not applied yet. Free domains that others have taken meanwhile are not
    to be had any more."""
    for approval in approvals:
        free = approval.kind is ApprovalKind.FREE_DOMAIN
        if approval.may_be_applied and (may_be_free or not free):
            return approval
    return None


def _needs(approval: Approval) -> dict[str, Any]:
    return {"admitted": False, "needs_approval": True, "approval_id": approval.approval_id}


def _permission(objection: Objection) -> Ask:
    return Ask(ApprovalKind.CROSS_ORGANISATION, objection.message, internal=objection.internal)


def _unapplied(*approvals: Approval) -> tuple[Approval, ...]:
    return tuple(approval for approval in approvals if approval.may_be_applied)


def _ended(approvals: tuple[Approval, ...], clock: Clock) -> Entry:
    cross = [a for a in approvals if a.kind is ApprovalKind.CROSS_ORGANISATION]
    by = (cross[0].decided_by if cross else None) or "an agent"
    return Entry(clock.now(), State.OFFBOARDED.value, _MOVED, by)


def _refused(code: str, reason: str) -> dict[str, Any]:
    return {"admitted": False, "needs_approval": False, "code": code, "reason": reason}
