"""Services of an account: what a ticket may ask for beside domains, what each needs, where it
stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from onboarding.domain.approval import ApprovalKind, Ask, Price, approval_id
from onboarding.domain.onboarding import Account, AccountKind
from onboarding.domain.plan import DedicatedIp, Plan
from onboarding.domain.quota import Entitlement
from onboarding.domain.request import Ticket


class ServiceKind(StrEnum):
    """What a ticket may ask for."""

    PROVISIONING = "provisioning"
    ADDITIONAL_ACCOUNT = "additional_account"
    DEDICATED_IP = "dedicated_ip"
    SENDING_RATE = "sending_rate"
    DOMAIN_PACK = "domain_pack"
    ASP = "asp"


ISOLATED: Final = frozenset(
    {ServiceKind.PROVISIONING, ServiceKind.ADDITIONAL_ACCOUNT, ServiceKind.DEDICATED_IP}
)
"""Services that need the account's own tenant and configuration set, made on the way."""

COUNTED: Final = frozenset({ServiceKind.DEDICATED_IP, ServiceKind.DOMAIN_PACK, ServiceKind.ASP})
"""Services of which several may be asked for at once."""


class ServiceState(StrEnum):
    """Where a service stands."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    IN_PROGRESS = "in_progress"
    ORDERED = "ordered"
    ACTIVE = "active"
    REFUSED = "refused"
    FAILED = "failed"


SERVICE_ENDS: Final = frozenset({ServiceState.ACTIVE, ServiceState.REFUSED, ServiceState.FAILED})


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A validated wish for a service.

    ``account_id`` is the account that asks. An additional account is made as ``new_account_id``,
    for the same organisation; an agent may ask for it in the new account's own name, and then names
    the organisation. ``rate`` is the sending rate wanted, in messages a second.
    """

    ticket: Ticket
    account_id: str
    service: ServiceKind
    quantity: int = 1
    organisation_id: str | None = None
    new_account_id: str | None = None
    contact_email: str | None = None
    rate: float | None = None

    @property
    def subject(self) -> str:
        """The account that the service is for."""
        return self.new_account_id or self.account_id


def approval_subject(request: ServiceRequest) -> str:
    """What an approval of the service is about; the space tells it from every domain."""
    return f"account {request.subject}"


_UNSAFE_IN_NAME: Final = re.compile(r"[^A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class StoredService:
    """A service as it was asked for, and what has come of it.

    ``attempt`` counts the workflows that were started for it. ``dedicated_ips`` and ``pool`` are
    what a person recorded after AWS had delivered; ``increase_id`` is AWS's own of the increase of
    the sending rate. ``task_token`` is what the workflow waits by, for that person. ``version``
    counts the writes, for optimistic locking.
    """

    request_id: str
    request: ServiceRequest
    received_at: datetime
    since: datetime
    state: ServiceState = ServiceState.REQUESTED
    why: str = ""
    attempt: int = 1
    pool: str | None = None
    dedicated_ips: tuple[str, ...] = ()
    increase_id: str | None = None
    task_token: str | None = None
    version: int = 0

    @property
    def has_ended(self) -> bool:
        return self.state in SERVICE_ENDS

    @property
    def approval_id(self) -> str | None:
        """The question that this service waits for, where its kind is one that is asked about."""
        kind = APPROVALS.get(self.request.service)
        return kind and approval_id(self.request_id, approval_subject(self.request), kind)

    @property
    def execution_name(self) -> str:
        """At most 80 characters of ``A-Za-z0-9-_`` (StartExecution)."""
        readable = _UNSAFE_IN_NAME.sub("-", f"{self.request.service}-{self.request.subject}")[:44]
        return f"{readable}_{self.request_id.removeprefix('req_')[:24]}_{self.attempt}"

    def again(self, at: datetime) -> StoredService:
        """Open once more after a fault: what was approved and made so far still counts."""
        return replace(
            self,
            state=ServiceState.REQUESTED,
            since=at,
            why="Asked for again after a fault.",
            attempt=self.attempt + 1,
        )

    def become(self, state: ServiceState, at: datetime, why: str) -> StoredService:
        """In ``state``; an end stays the one it is. Raises ``ValueError``."""
        if self.has_ended and state is not self.state:
            raise ValueError(f"{self.request_id} has ended as {self.state}, not as {state}")
        return replace(self, state=state, since=at, why=why)


APPROVALS: Final[Mapping[ServiceKind, ApprovalKind]] = {
    ServiceKind.ADDITIONAL_ACCOUNT: ApprovalKind.ADDITIONAL_ACCOUNT,
    ServiceKind.DEDICATED_IP: ApprovalKind.DEDICATED_IP,
    ServiceKind.DOMAIN_PACK: ApprovalKind.DOMAIN_PACK,
    ServiceKind.ASP: ApprovalKind.ASP,
}
"""What costs money is asked about. A sending rate is AWS's to approve, and costs nothing."""


@dataclass(frozen=True, slots=True)
class ServiceRefusal:
    """Why a service cannot be had; the reason is told to the ticket."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ServiceAdmission:
    """The service can be had: at once, or when a person says yes to ``ask``."""

    ask: Ask | None = None


def admit(
    request: ServiceRequest, plan: Plan, account: Account, dedicated_ips: int
) -> ServiceAdmission | ServiceRefusal:
    """Whether ``account`` may have the service. ``dedicated_ips`` is how many it has already."""
    if request.organisation_id not in (None, account.organisation_id):
        return ServiceRefusal(
            "other_organisation",
            f"Account {account.account_id} is not one of organisation {request.organisation_id}.",
        )
    if request.service is ServiceKind.PROVISIONING:
        return ServiceAdmission()
    if request.service is ServiceKind.SENDING_RATE:
        return _sending_rate(request, plan, dedicated_ips)
    offer = _offer(request, plan)
    return _not_offered(request, plan) if offer is None else ServiceAdmission(offer)


def _offer(request: ServiceRequest, plan: Plan) -> Ask | None:
    """What a person is asked about a service that costs money; none where it is not offered."""
    if request.service is ServiceKind.ADDITIONAL_ACCOUNT:
        price = plan.additional.price
        return None if price is None else Ask(APPROVALS[request.service], _INSULATES, price)
    if request.service is ServiceKind.DEDICATED_IP:
        ip = plan.dedicated_ip
        return None if ip is None else _ask(request, ip.price, _ips(request.quantity, ip))
    is_asp = request.service is ServiceKind.ASP
    pack = plan.asp if is_asp else plan.domain_pack
    whose = "which the organisation's accounts share" if is_asp else "for this account"
    if pack is None:
        return None
    return _ask(request, pack.price, f"{pack.domains * request.quantity} more, {whose}.")


def _ask(request: ServiceRequest, each: Price, reason: str) -> Ask:
    grants = {_GRANTS[request.service]: request.quantity}
    return Ask(APPROVALS[request.service], reason, times(each, request.quantity), grants)


_INSULATES: Final = (
    "An additional account of the same plan keeps its reputation apart from the organisation's "
    "other accounts."
)

_GRANTS: Final = {
    ServiceKind.DEDICATED_IP: Entitlement.DEDICATED_IPS,
    ServiceKind.DOMAIN_PACK: Entitlement.DOMAIN_PACKS,
    ServiceKind.ASP: Entitlement.ASP,
}


def _ips(quantity: int, terms: DedicatedIp) -> str:
    least = f"at least {terms.minimum_emails}" if terms.minimum_emails else "no minimum of"
    rate = f"sends {terms.emails_per_second} e-mails a second, with {least} e-mails a month"
    if quantity == 1:
        return f"It {rate}."
    return f"{quantity} dedicated IPs at {terms.price} each; each {rate}."


def _sending_rate(
    request: ServiceRequest, plan: Plan, dedicated_ips: int
) -> ServiceAdmission | ServiceRefusal:
    if plan.sending_rate_pending is None:
        return _not_offered(request, plan)
    each = plan.dedicated_ip.emails_per_second if plan.dedicated_ip else 0
    wanted = request.rate or 0.0
    if dedicated_ips and wanted > dedicated_ips * each:
        return ServiceRefusal(
            "needs_dedicated_ips",
            f"The account sends from {dedicated_ips} dedicated IP(s), each of which sends {each} "
            f"e-mails a second: {wanted:g} a second need {_ips_for(wanted, each)} of them. Ask for "
            f"{_ips_for(wanted, each) - dedicated_ips} more first.",
        )
    return ServiceAdmission()


def _ips_for(rate: float, each: int) -> int:
    return -int(-rate // each)


def _not_offered(request: ServiceRequest, plan: Plan) -> ServiceRefusal:
    name = SERVICE_NAMES[request.service]
    return ServiceRefusal("not_offered", f"{name} is not offered on the {plan.title}.")


def times(price: Price, count: int) -> Price:
    """What ``count`` of them cost."""
    return price if price.amount is None else replace(price, amount=price.amount * Decimal(count))


SERVICE_NAMES: Final[Mapping[ServiceKind, str]] = {
    ServiceKind.PROVISIONING: "The account's own tenant at Amazon SES",
    ServiceKind.ADDITIONAL_ACCOUNT: "An additional account",
    ServiceKind.DEDICATED_IP: "A dedicated IP",
    ServiceKind.SENDING_RATE: "A higher sending rate",
    ServiceKind.DOMAIN_PACK: "A pack of domains",
    ServiceKind.ASP: "The ASP pack",
}


# ---------------------------------------------------------------- what an account has cost


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what an account costs."""

    what: str
    count: int
    price: Price

    def as_json(self) -> dict[str, Any]:
        total = times(self.price, self.count)
        amount = None if total.amount is None else float(total.amount)
        return {"what": self.what, "count": self.count, "amount": amount, "price": str(total)}


def costs(plan: Plan, kind: AccountKind, *, dedicated_ips: int, domain_packs: int) -> list[Line]:
    """What was bought for an account."""
    lines = []
    if kind is AccountKind.ADDITIONAL and plan.additional.price is not None:
        lines.append(Line(ServiceKind.ADDITIONAL_ACCOUNT.value, 1, plan.additional.price))
    if dedicated_ips and plan.dedicated_ip is not None:
        lines.append(Line(ServiceKind.DEDICATED_IP.value, dedicated_ips, plan.dedicated_ip.price))
    if domain_packs and plan.domain_pack is not None:
        lines.append(Line(ServiceKind.DOMAIN_PACK.value, domain_packs, plan.domain_pack.price))
    return lines


def total_a_year(lines: list[Line]) -> Decimal:
    """The sum of what has a price by the year; what is agreed separately is not in it."""
    yearly = (times(line.price, line.count).amount for line in lines if line.price.period == "year")
    return sum((amount for amount in yearly if amount is not None), Decimal(0))


def service_key(request: ServiceRequest) -> str:
    """What makes two requests of one ticket the same wish."""
    identity = f"{request.service}\n{request.subject}"
    return hashlib.sha256(identity.encode()).hexdigest()[:24]
