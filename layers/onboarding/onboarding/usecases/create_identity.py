"""Create the domain's identity at SES and keep the records that prove it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from onboarding.domain.onboarding import Account, Entry, SendingDomain, StoredRequest
from onboarding.domain.records import Record, SigningIdentity, required_records
from onboarding.port_errors import AlreadyExists
from onboarding.usecases.busy import waits_while_busy
from onboarding.usecases.current import Change, current_domain, stored_request, update

if TYPE_CHECKING:
    from onboarding.domain.identity import Identity
    from onboarding.ports import Clock, DomainStore, Identities, ProvisionedStore, RequestStore

    class Store(RequestStore, DomainStore, ProvisionedStore, Protocol):
        """What creating reads and writes."""


class AccountMissing(Exception):
    """The account was there when the request was admitted and is gone now."""


@waits_while_busy
def create_identity(
    request_id: str, *, store: Store, identities: Identities, clock: Clock
) -> dict[str, Any]:
    """``{"created": true}``, or ``{"created": false, "code", "reason"}`` where SES holds an
    identity of the name that is not this account's."""
    stored = stored_request(store, request_id)
    request = stored.request
    domain = current_domain(store, request.domain, request_id)
    account = store.account(domain.account_id)
    if account is None:
        raise AccountMissing(domain.account_id)
    if domain.joining == request_id and _joined(domain, store, identities):
        return {"created": True}
    identity = _own_identity(domain, account, identities)
    if identity is None:
        return {
            "created": False,
            "code": "identity_of_somebody_else",
            "reason": f"Amazon SES already holds {request.domain}, and not for this account. An "
            "operator has to find out whose it is before it can be used.",
        }
    # Read only now: an account that is being provisioned at the same time either shows its tenant
    # here, or finds the identity that was just created.
    isolated = store.provisioned(domain.account_id).is_isolated
    region = identities.region

    def with_records(found: SendingDomain) -> Change | None:
        joining = request_id if isolated else None
        return _with_records(found, _records(stored, found, identity, region), joining, clock)

    # Before the tenant's turn at SES: where that is refused, the next call begins there.
    update(store, request.domain, request_id, with_records)
    if isolated:
        _joined(domain, store, identities)
    return {"created": True}


def _joined(domain: SendingDomain, store: Store, identities: Identities) -> bool:
    """Let the account's tenant send from the domain; false where SES does not hold that, deleted
    since it was created."""
    provisioned = store.provisioned(domain.account_id)
    if provisioned.tenant is not None and provisioned.configuration_set is not None:
        held = identities.join_tenant(
            domain.domain, provisioned.tenant, provisioned.configuration_set
        )
        if not held:
            return False
    update(store, domain.domain, domain.request_id, _with_tenant)
    return True


def _with_tenant(domain: SendingDomain) -> Change | None:
    return None if domain.joining is None else (replace(domain, joining=None), ())


def _own_identity(
    domain: SendingDomain, account: Account, identities: Identities
) -> Identity | None:
    try:
        return identities.create(domain.domain, account)
    except AlreadyExists:
        existing = identities.get(domain.domain)
    if existing is None:
        # Deleted between the two calls: the workflow's retry creates it.
        raise AlreadyExists(domain.domain)
    if existing.account_id == account.account_id:
        return existing
    if existing.account_id is not None and existing.account_id == domain.previous_account:
        # Left by an earlier owner whose onboarding ended. The new owner gets tokens of its own,
        # so that records which the old one published prove nothing.
        identities.delete(domain.domain)
        return identities.create(domain.domain, account)
    return None


def _records(
    stored: StoredRequest, domain: SendingDomain, identity: Identity, region: str
) -> tuple[Record, ...]:
    return required_records(
        stored.request.domain,
        SigningIdentity(identity.tokens, identity.signing_hosted_zone),
        mail_from=domain.mail_from,  # the request's, unless its document was revoked
        region=region,
        dmarc=stored.request.dmarc,
    )


def _with_records(
    domain: SendingDomain, records: tuple[Record, ...], joining: str | None, clock: Clock
) -> Change | None:
    if domain.records == records:
        return None if domain.joining == joining else (replace(domain, joining=joining), ())
    entry = Entry(
        clock.now(),
        "identity_created",
        f"Amazon SES holds the domain; {len(records)} DNS records prove it.",
    )
    return replace(domain, records=records, joining=joining), (entry,)
