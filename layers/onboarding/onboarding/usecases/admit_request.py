"""Admit a request: take the domain for its account, or say why it cannot be had."""

from typing import Any, Protocol

from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.names import NameRules, ancestors
from onboarding.domain.onboarding import Account, Entry, SendingDomain, StoredRequest
from onboarding.domain.ownership import Family, objection_to_claim
from onboarding.ports import Clock, ConcurrentChange, DomainStore, RequestStore
from onboarding.usecases.current import MAX_TRIES, stored_request


class Store(RequestStore, DomainStore, Protocol):
    """What admitting reads and writes."""


def admit_request(
    request_id: str, *, store: Store, rules: NameRules, clock: Clock
) -> dict[str, Any]:
    """``{"admitted": true, "mail_from": bool, "needs_document": bool}``, or
    ``{"admitted": false, "code", "reason"}``."""
    stored = stored_request(store, request_id)
    account = store.account(stored.request.account_id)
    if account is None:
        return _refused("unknown_account", "The account of this request does not exist any more.")
    parents = ancestors(stored.request.domain, rules)
    for _ in range(MAX_TRIES):
        family = store.family(stored.request.domain, parents)
        if family.current is not None and family.current.request_id == request_id:
            return _admitted(stored)
        objection = objection_to_claim(account, request_id, family)
        if objection is not None:
            return _refused(objection.code, objection.message)
        try:
            wanted, entry = _claim(stored, account, family, clock)
            store.claim(wanted, family, parents, entry)
        except ConcurrentChange:
            continue
        return _admitted(stored)
    raise ConcurrentChange(f"{stored.request.domain} is being claimed by many at once")


def _claim(
    stored: StoredRequest, account: Account, family: Family, clock: Clock
) -> tuple[SendingDomain, Entry]:
    request, now, previous = stored.request, clock.now(), family.current
    released = previous is not None and previous.state in ENDS
    wanted = SendingDomain(
        domain=request.domain,
        account_id=account.account_id,
        organisation_id=account.organisation_id,
        request_id=stored.request_id,
        ticket=request.ticket,
        contact_email=request.contact_email,
        state=State.REQUESTED,
        since=now,
        mail_from=request.mail_from,
        previous_account=_holder_at_ses(previous) if previous is not None and released else None,
        responsibility=() if previous is None else previous.responsibility,
    )
    entry = Entry(
        now,
        State.REQUESTED.value,
        f"Asked for {', '.join(sorted(request.methods))} for account {account.account_id}.",
        f"ticket {request.ticket}",
    )
    return wanted, entry


def _holder_at_ses(previous: SendingDomain) -> str | None:
    """For whom the identity was made: a claim that ended before it had records made none."""
    return previous.account_id if previous.records else previous.previous_account


def _admitted(stored: StoredRequest) -> dict[str, Any]:
    mail_from = stored.request.mail_from is not None
    # Without a signature nobody answers for bounces and complaints: no MAIL FROM then.
    needs_document = mail_from and stored.request.document is None
    return {"admitted": True, "mail_from": mail_from, "needs_document": needs_document}


def _refused(code: str, reason: str) -> dict[str, Any]:
    return {"admitted": False, "code": code, "reason": reason}
