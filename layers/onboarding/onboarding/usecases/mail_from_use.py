"""Whether SES uses the custom MAIL FROM, and so who answers from now on.

Until the MAIL FROM is verified, and whenever its records are gone, SES sends by its own: bounces of
that come back to the operator, whatever was signed ("Custom MAIL FROM domain setup states", SES
Developer Guide).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from onboarding.domain.identity import Identity, IdentityStatus
from onboarding.domain.onboarding import Entry, SendingDomain
from onboarding.domain.responsibility import begun, interrupted

if TYPE_CHECKING:
    from onboarding.usecases.current import Change


def is_in_use(domain: SendingDomain, identity: Identity) -> bool:
    """Whether SES uses the MAIL FROM that is wanted; false where none is."""
    return (
        domain.mail_from is not None
        and identity.mail_from_domain == f"{domain.mail_from}.{domain.domain}"
        and identity.mail_from_status is IdentityStatus.SUCCESS
    )


def as_used(domain: SendingDomain, identity: Identity, now: datetime) -> Change | None:
    """What of the responsibility changes by what SES does; none where nothing does."""
    if is_in_use(domain, identity):
        periods, what = begun(domain.responsibility, now), "mail_from_in_use"
        why = "Amazon SES uses the MAIL FROM: what bounces from now on is the customer's."
    else:
        periods, what = interrupted(domain.responsibility, now), "mail_from_not_in_use"
        why = (
            "Amazon SES uses its own MAIL FROM, since the records of the custom one are not there: "
            "what bounces meanwhile is the provider's."
        )
    if periods == domain.responsibility:
        return None
    return replace(domain, responsibility=periods), (Entry(now, what, why),)
