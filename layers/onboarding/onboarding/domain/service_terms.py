"""What the plan says to a service, and what an account's services cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from onboarding.domain.approval import Ask, Price
from onboarding.domain.onboarding import Account, AccountKind
from onboarding.domain.quota import Entitlement
from onboarding.domain.service import APPROVALS, SERVICE_NAMES, ServiceKind, ServiceRequest

if TYPE_CHECKING:
    from onboarding.domain.plan import DedicatedIp, Plan


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
