"""Give a domain up: its slot at once, then its identity at SES, and tell the ticket."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.responsibility import ended
from onboarding.usecases.current import Change, update
from onboarding.usecases.decide_approval import ApprovalExpired, decide_approval

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket
    from onboarding.ports import (
        Approvals,
        Clock,
        DomainStore,
        Identities,
        Quotas,
        RequestStore,
        Tickets,
        Workflows,
    )

    class Store(RequestStore, DomainStore, Approvals, Quotas, Tickets, Protocol):
        """What off-boarding reads and writes."""


def offboard_domain(
    request_id: str,
    domain_name: str,
    by: str,
    ticket: Ticket,
    *,
    store: Store,
    identities: Identities,
    workflows: Workflows,
    clock: Clock,
) -> dict[str, Any]:
    """``{"state": "offboarded", "identity_gone": bool}``.

    The domain is marked as leaving before SES is touched, and nobody can claim it until the
    identity is gone: a new request cannot lose an identity that it was just given. An identity that
    is not this account's is left alone. Raises ``Superseded`` where another request has the domain.
    """
    domain = _leave(domain_name, request_id, by, store, clock)
    store.close_request(request_id, State.OFFBOARDED, f"Off-boarded by {by}.", clock.now())
    store.settle_request(request_id)  # what is left to do, and to tell, is this workflow's
    _withdraw_approvals(domain, by, store, workflows, clock)
    gone = _delete_identity(domain, identities) if domain.leaving else True
    _left(domain_name, request_id, gone, store, clock)
    for told in dict.fromkeys((ticket, domain.ticket)):
        store.comment(
            told,
            f"offboarded-{request_id}",
            f"{domain_name} is off-boarded: it is not set up any more, and its DNS records can be "
            "removed.",
            clock.now(),
            public=True,
        )
    return {"state": State.OFFBOARDED.value, "identity_gone": gone}


def _leave(
    domain: str, request_id: str, by: str, store: DomainStore, clock: Clock
) -> SendingDomain:
    def leaves(found: SendingDomain) -> Change | None:
        if found.state is State.OFFBOARDED:
            return None
        now = clock.now()
        left = replace(
            found.become(State.OFFBOARDED, now),
            leaving=True,
            responsibility=ended(found.responsibility, now),
        )
        return left, (Entry(now, State.OFFBOARDED.value, "The domain was given up.", by),)

    return update(store, domain, request_id, leaves, offboarded_too=True)


def _left(domain: str, request_id: str, gone: bool, store: DomainStore, clock: Clock) -> None:
    def has_left(found: SendingDomain) -> Change | None:
        if not found.leaving:
            return None
        what = ("identity_deleted", "Amazon SES does not hold the domain any more.")
        if not gone:
            what = ("identity_kept", "Amazon SES holds the domain for somebody else.")
        return replace(found, leaving=False), (Entry(clock.now(), *what),)

    update(store, domain, request_id, has_left, offboarded_too=True)


def _withdraw_approvals(
    domain: SendingDomain, by: str, store: Store, workflows: Workflows, clock: Clock
) -> None:
    """What was asked for this request need not be answered any more."""
    for approval in store.approvals_about(domain.domain):
        ours = approval.request_id == domain.request_id
        if ours and approval.status is ApprovalStatus.PENDING:
            try:
                decide_approval(
                    approval.approval_id,
                    ApprovalStatus.REFUSED,
                    by,
                    "The domain was given up.",
                    store=store,
                    workflows=workflows,
                    clock=clock,
                )
            except ApprovalExpired:
                continue


def _delete_identity(domain: SendingDomain, identities: Identities) -> bool:
    """Whether SES does not hold the identity any more; nobody else's is deleted."""
    identity = identities.get(domain.domain)
    if identity is None:
        return True
    if identity.account_id != domain.account_id:
        return False
    identities.delete(domain.domain)
    return True
