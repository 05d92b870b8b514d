"""Plans: what an account may have, what more of it costs, and whether one more domain fits.

The plans are data (``plans.toml`` beside this file), read when the first decision needs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from onboarding.domain.approval import ApprovalKind, Ask, Price
from onboarding.domain.onboarding import AccountKind, Organisation, Slot
from onboarding.domain.quota import Entitlement, Standing

_DATA: Final = Path(__file__).with_name("plans.toml")
_MOST: Final = 10_000
"""Of anything that is counted: SES holds 10,000 identities in a region."""


class PlanError(ValueError):
    """A plan or an override is not valid; the text names the setting and what it may be."""


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """Domains of an account: included, and up to which one an agent approves at no charge."""

    domains: int
    domains_by_approval: int
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """So many more domains for a price."""

    domains: int
    price: Price


@dataclass(frozen=True, slots=True)
class DedicatedIp:
    """One dedicated IP: how fast it sends, the least that has to be sent, and its price."""

    emails_per_second: int
    minimum_emails: int
    price: Price


@dataclass(frozen=True, slots=True)
class Plan:
    """What an organisation's accounts may have. What is none is not sold on this plan."""

    name: str
    title: str
    basic: AccountTerms
    additional: AccountTerms
    domain_pack: Pack | None
    asp: Pack | None
    dedicated_ip: DedicatedIp | None
    sending_rate_pending: str | None
    mail_from_needs_document: bool
    mail_from_analytics: bool

    def terms(self, kind: AccountKind) -> AccountTerms:
        return self.basic if kind is AccountKind.BASIC else self.additional

    def most_free_domains(self, kind: AccountKind) -> int:
        """How many domains beyond the included ones an agent may approve at no charge."""
        terms = self.terms(kind)
        return terms.domains_by_approval - terms.domains


# ---------------------------------------------------------------- whether one more domain fits


@dataclass(frozen=True, slots=True)
class WithinAllowance:
    """There is room: take ``slot``, of which its holder has ``limit``."""

    slot: Slot
    limit: int


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """There is room when a person says yes to ``ask``."""

    ask: Ask


@dataclass(frozen=True, slots=True)
class Impossible:
    """There is no room, and none can be had on this plan."""

    code: str
    reason: str


Admission = WithinAllowance | NeedsApproval | Impossible


def domain_limit(plan: Plan, kind: AccountKind, standing: Standing) -> int:
    """How many slots the account has of its own."""
    bought = standing.domain_packs * (plan.domain_pack.domains if plan.domain_pack else 0)
    return plan.terms(kind).domains + standing.free_domains + bought


def pool_limit(plan: Plan, standing: Standing) -> int:
    """How many slots the organisation's accounts share."""
    return standing.asp * plan.asp.domains if plan.asp else 0


def admission(plan: Plan, kind: AccountKind, standing: Standing) -> Admission:
    """Whether one more domain fits the account: its own slots first, then the organisation's."""
    limit, pool = domain_limit(plan, kind, standing), pool_limit(plan, standing)
    if standing.used < limit:
        return WithinAllowance(Slot.ACCOUNT, limit)
    if standing.pool_used < pool:
        return WithinAllowance(Slot.POOL, pool)
    spent = _spent(limit, pool)
    if standing.free_domains < plan.most_free_domains(kind):
        return NeedsApproval(_free_domain(plan.terms(kind), spent))
    if plan.domain_pack is None:
        return Impossible(
            "no_domains_left", f"{spent} More domains are not offered on the {plan.title}."
        )
    return NeedsApproval(_domain_pack(plan.domain_pack, spent))


def _spent(limit: int, pool: int) -> str:
    shared = f", and so are the {pool} that the organisation's accounts share" if pool else ""
    return f"The {limit} domains of this account are used{shared}."


def _free_domain(terms: AccountTerms, spent: str) -> Ask:
    return Ask(
        ApprovalKind.FREE_DOMAIN,
        f"{spent} An agent may approve one more at no charge, up to {terms.domains_by_approval} "
        "in all.",
        Price(Decimal(0), terms.price.currency if terms.price else "USD"),
        {Entitlement.FREE_DOMAINS: 1},
    )


def _domain_pack(pack: Pack, spent: str) -> Ask:
    return Ask(
        ApprovalKind.DOMAIN_PACK,
        f"{spent} {pack.domains} more are a paid service, which an agent has to approve.",
        pack.price,
        {Entitlement.DOMAIN_PACKS: 1},
    )


# ---------------------------------------------------------------- plans as data


@cache
def known_plans() -> Mapping[str, Mapping[str, Any]]:
    """What ``plans.toml`` says, by the plan's name."""
    import tomllib

    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


def plan_of(organisation: Organisation) -> Plan:
    """The organisation's plan with its override laid over it; raises ``PlanError``."""
    plans = known_plans()
    if organisation.plan not in plans:
        raise PlanError(f"there is no plan {organisation.plan}; known: {', '.join(plans)}")
    merged = _merged(plans[organisation.plan], organisation.override)
    return parse_plan(organisation.plan, merged)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid over ``base``, name by name; null takes a setting away."""
    merged = dict(base)
    for name, value in over.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(name, {}), Mapping):
            merged[name] = _merged(merged.get(name, {}), value)
        else:
            merged[name] = value
    return merged


def parse_plan(name: str, data: Mapping[str, Any]) -> Plan:
    """Raises ``PlanError`` with the path of the setting that is wrong."""
    top = _Section(name, data)
    accounts = top.section("accounts")
    plan = Plan(
        name=name,
        title=top.text("title"),
        basic=_terms(accounts.section("basic")),
        additional=_terms(accounts.section("additional")),
        domain_pack=_pack(top.optional("domain_pack")),
        asp=_pack(top.optional("asp")),
        dedicated_ip=_dedicated_ip(top.optional("dedicated_ip")),
        sending_rate_pending=_sending_rate(top.optional("sending_rate")),
        **_mail_from(top.section("mail_from")),
    )
    accounts.done()
    top.done()
    return plan


def _terms(section: _Section) -> AccountTerms:
    domains = section.count("domains")
    by_approval = section.count("domains_by_approval", default=domains)
    if by_approval < domains:
        raise PlanError(f"{section.path}.domains_by_approval: has to be at least {domains}")
    price = section.optional("price")
    section.done()
    return AccountTerms(domains, by_approval, None if price is None else _price(price))


def _pack(section: _Section | None) -> Pack | None:
    if section is None:
        return None
    pack = Pack(section.count("domains", least=1), _price(section.section("price")))
    section.done()
    return pack


def _dedicated_ip(section: _Section | None) -> DedicatedIp | None:
    if section is None:
        return None
    found = DedicatedIp(
        section.count("emails_per_second", least=1),
        section.count("minimum_emails", default=0),
        _price(section.section("price")),
    )
    section.done()
    return found


def _sending_rate(section: _Section | None) -> str | None:
    if section is None:
        return None
    pending: str = section.text("pending")
    section.done()
    return pending


def _mail_from(section: _Section) -> dict[str, bool]:
    found = {
        "mail_from_needs_document": section.flag("signed_document"),
        "mail_from_analytics": section.flag("analytics"),
    }
    section.done()
    return found


def _price(section: _Section) -> Price:
    price = Price(
        section.amount("amount"),
        section.text("currency", default="USD"),
        section.text("period", default=None),
        section.text("beside", default=None),
    )
    section.done()
    return price


_REQUIRED: Final = object()


class _Section:
    """One table of a plan. What is read is checked; what is left unread is not known."""

    def __init__(self, path: str, data: Any) -> None:
        if not isinstance(data, Mapping):
            raise PlanError(f"{path}: has to be a table")
        self.path = path
        self._data = data
        self._read: dict[str, None] = {}

    def _value(self, name: str, default: Any) -> Any:
        self._read[name] = None
        value = self._data.get(name, default)
        if value is _REQUIRED:
            raise PlanError(f"{self.path}.{name}: is missing")
        return value

    def section(self, name: str) -> _Section:
        return _Section(f"{self.path}.{name}", self._value(name, _REQUIRED))

    def optional(self, name: str) -> _Section | None:
        found = self._value(name, None)
        return None if found is None else _Section(f"{self.path}.{name}", found)

    def count(self, name: str, default: Any = _REQUIRED, least: int = 0) -> int:
        value = self._value(name, default)
        if type(value) is not int or not least <= value <= _MOST:
            raise PlanError(f"{self.path}.{name}: has to be a whole number from {least} to {_MOST}")
        return value

    def amount(self, name: str) -> Decimal | None:
        value = self._value(name, None)
        if value is None:
            return None
        if type(value) not in (int, float) or not 0 <= value < 10**9:
            raise PlanError(f"{self.path}.{name}: has to be an amount of money, 0 or more")
        amount = Decimal(str(value))
        if amount != round(amount, 2):
            raise PlanError(f"{self.path}.{name}: has to have at most two decimals")
        return amount

    def text(self, name: str, default: Any = _REQUIRED) -> Any:
        value = self._value(name, default)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise PlanError(f"{self.path}.{name}: has to be text")
        return value

    def flag(self, name: str) -> bool:
        value = self._value(name, _REQUIRED)
        if not isinstance(value, bool):
            raise PlanError(f"{self.path}.{name}: has to be true or false")
        return value

    def done(self) -> None:
        for name in self._unknown():
            known = ", ".join(self._read)
            raise PlanError(f"{self.path}.{name}: is not a setting; known here: {known}")

    def _unknown(self) -> Iterator[str]:
        return (name for name in self._data if name not in self._read)
