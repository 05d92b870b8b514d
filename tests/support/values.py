"""Domain values that tests begin with; every one may be changed by keyword."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from onboarding.adapters.names import PublicNameRules
from onboarding.domain.approval import Approval, ApprovalKind, Ask, Price, asked
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Account, SendingDomain
from onboarding.domain.quota import Entitlement
from onboarding.domain.records import Purpose, Record
from onboarding.domain.refusal import Refused
from onboarding.domain.request import (
    DmarcDisposition,
    DmarcPolicy,
    Method,
    OnboardingRequest,
    ResponsibilityDocument,
    Ticket,
)

Result = TypeVar("Result")

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RULES = PublicNameRules()

ACME = Account("acme", "org-acme", "dns@acme.example", "acme-mail")
ACME_EU = Account("acme-eu", "org-acme", "dns@acme.example")
GLOBEX = Account("globex", "org-globex", "dns@globex.example")

DOCUMENT = ResponsibilityDocument("DOC-7", "Ada Acme", datetime(2026, 11, 1, 9, 0, tzinfo=UTC))


def refused_by(parse: Callable[[], Result]) -> tuple[Result | None, Refused | None]:
    """What came of ``parse``: its result, or its refusal."""
    try:
        return parse(), None
    except Refused as refusal:
        return None, refusal


def a_request(**changes: Any) -> OnboardingRequest:
    """DKIM and DMARC for ``news.example.com``, asked for by ``acme`` in ticket 4711."""
    request = OnboardingRequest(
        ticket=Ticket("standard", "4711"),
        account_id="acme",
        domain="news.example.com",
        methods=frozenset({Method.DKIM, Method.DMARC}),
        contact_email="dns@example.com",
        dmarc=DmarcPolicy(DmarcDisposition.QUARANTINE, 25, "dmarc@example.com"),
    )
    return replace(request, **changes)


def a_request_with_mail_from(**changes: Any) -> OnboardingRequest:
    """The same with SPF, and so with a custom MAIL FROM and its document."""
    spf = {"methods": frozenset(Method), "mail_from": "bounce", "document": DOCUMENT}
    return a_request(**{**spf, **changes})


def a_domain(**changes: Any) -> SendingDomain:
    """``news.example.com`` as just claimed by ``acme`` for request ``req_1``."""
    domain = SendingDomain(
        domain="news.example.com",
        account_id="acme",
        organisation_id="org-acme",
        request_id="req_1",
        ticket=Ticket("standard", "4711"),
        contact_email="dns@example.com",
        state=State.REQUESTED,
        since=NOW,
    )
    return replace(domain, **changes)


def an_approval(**changes: Any) -> Approval:
    """A pack for ``acme``, asked for by request ``req_1`` for ``news.example.com``, pending."""
    ask = Ask(
        ApprovalKind.DOMAIN_PACK,
        "The 10 domains of this account are used.",
        Price(),
        {Entitlement.DOMAIN_PACKS: 1},
    )
    approval = asked(
        ask,
        origin="req_1",
        subject="news.example.com",
        account_id="acme",
        organisation_id="org-acme",
        ticket=Ticket("standard", "4711"),
        now=NOW,
        request_id="req_1",
    )
    return replace(approval, **changes)


RECORDS = (
    Record(
        Purpose.DKIM, "CNAME", "t1._domainkey.news.example.com", "t1.dkim.amazonses.com", ttl=3600
    ),
    Record(
        Purpose.MAIL_FROM_MX,
        "MX",
        "bounce.news.example.com",
        "10 feedback-smtp.eu-west-1.amazonses.com",
    ),
    Record(
        Purpose.MAIL_FROM_SPF,
        "TXT",
        "bounce.news.example.com",
        "v=spf1 include:amazonses.com ~all",
    ),
    Record(
        Purpose.DMARC,
        "TXT",
        "_dmarc.news.example.com",
        "v=DMARC1; p=quarantine; pct=25; rua=mailto:dmarc@example.com",
    ),
)
"""One record of each purpose."""
