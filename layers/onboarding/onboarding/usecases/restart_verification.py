"""Start SES's search again: it ends 72 hours after it was asked for, customers take longer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onboarding.domain.identity import Identity, IdentityStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.records import Purpose, dkim_records
from onboarding.usecases.busy import waits_while_busy
from onboarding.usecases.current import Change, current_domain, update

if TYPE_CHECKING:
    from onboarding.ports import Clock, DomainStore, Identities


@waits_while_busy
def restart_verification(
    request_id: str,
    domain_name: str,
    *,
    store: DomainStore,
    identities: Identities,
    clock: Clock,
) -> dict[str, Any]:
    """``{"restarted": ["dkim", "mail_from"]}``, or less.

    DKIM and MAIL FROM are searched for independently: what has not failed is left alone. Should SES
    hand out new tokens, the records are replaced, and ``send_records`` mails them as new ones.
    """
    domain = current_domain(store, domain_name, request_id)
    if domain.state is State.VERIFIED:
        return {"restarted": []}
    identity = _identity(identities, domain_name)
    restarted = []
    if identity.dkim_status is IdentityStatus.FAILED:
        identities.restart_dkim(domain_name)
        identity = _identity(identities, domain_name)
        restarted.append("dkim")
    if domain.mail_from and identity.mail_from_status is IdentityStatus.FAILED:
        identities.set_mail_from(domain_name, f"{domain.mail_from}.{domain_name}")
        restarted.append("mail_from")
    # Even where nothing is restarted now: an earlier try may have died after SES gave new tokens.
    update(store, domain_name, request_id, lambda d: _restarted(d, identity, restarted, clock))
    return {"restarted": restarted}


def _identity(identities: Identities, domain: str) -> Identity:
    identity = identities.get(domain)
    if identity is None:
        raise LookupError(f"SES does not hold {domain} any more")
    return identity


def _restarted(
    domain: SendingDomain, identity: Identity, restarted: list[str], clock: Clock
) -> Change | None:
    fresh = dkim_records(domain.domain, identity.tokens, identity.signing_hosted_zone)
    others = tuple(r for r in domain.records if r.purpose is not Purpose.DKIM)
    records = (*fresh, *others)
    if not restarted and records == domain.records:
        return None
    entry = Entry(
        clock.now(),
        "search_restarted",
        "Amazon SES had stopped looking after 72 hours; its search was started again for "
        f"{' and '.join(restarted) or 'dkim'}.",
    )
    return replace(domain, records=records), (entry,)
