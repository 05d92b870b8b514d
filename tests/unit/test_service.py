"""Services: what the plan says to each, what it costs, and how its workflow is called."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.approval import ApprovalKind, Ask
from onboarding.domain.onboarding import AccountKind, Organisation
from onboarding.domain.plan import plan_of
from onboarding.domain.quota import Entitlement
from onboarding.domain.service import (
    ServiceKind,
    ServiceRequest,
    ServiceState,
    StoredService,
    service_key,
)
from onboarding.domain.service_terms import (
    ServiceAdmission,
    ServiceRefusal,
    admit,
    costs,
    total_a_year,
)
from tests.support.service_world import a_service
from tests.support.values import ACME, NOW

BASIC = plan_of(Organisation("org-acme"))
BARE = replace(
    BASIC,
    additional=replace(BASIC.additional, price=None),
    dedicated_ip=None,
    asp=None,
    domain_pack=None,
    sending_rate_pending=None,
)


def ask_of(request: ServiceRequest, dedicated_ips: int = 0) -> Ask:
    found = admit(request, BASIC, ACME, dedicated_ips)
    assert isinstance(found, ServiceAdmission)
    assert found.ask is not None
    return found.ask


def refusal_of(request: ServiceRequest, dedicated_ips: int = 0) -> str:
    found = admit(request, BASIC, ACME, dedicated_ips)
    assert isinstance(found, ServiceRefusal)
    return found.code


def test_an_additional_account_is_asked_for_at_200_dollars_a_year_beside_maintenance() -> None:
    ask = ask_of(a_service(ServiceKind.ADDITIONAL_ACCOUNT))
    assert ask.kind is ApprovalKind.ADDITIONAL_ACCOUNT
    assert str(ask.price) == "200 USD a year, in addition to maintenance"
    assert "keeps its reputation apart" in ask.reason


@pytest.mark.parametrize(("quantity", "price"), [(1, "1500"), (2, "3000"), (10, "15000")])
def test_dedicated_ips_are_asked_for_at_1500_dollars_a_year_each(quantity: int, price: str) -> None:
    ask = ask_of(a_service(ServiceKind.DEDICATED_IP, quantity=quantity))
    assert str(ask.price) == f"{price} USD a year, in addition to maintenance"
    assert ask.grants == {Entitlement.DEDICATED_IPS: quantity}
    assert "40 e-mails a second" in ask.reason
    assert "no minimum of e-mails a month" in ask.reason


def test_packs_are_asked_for_with_the_domains_that_they_bring() -> None:
    pack = ask_of(a_service(ServiceKind.DOMAIN_PACK, quantity=2))
    assert (pack.grants, pack.reason) == (
        {Entitlement.DOMAIN_PACKS: 2},
        "20 more, for this account.",
    )
    asp = ask_of(a_service(ServiceKind.ASP))
    assert (asp.grants, asp.reason) == (
        {Entitlement.ASP: 1},
        "10 more, which the organisation's accounts share.",
    )


@pytest.mark.parametrize("kind", [ServiceKind.PROVISIONING, ServiceKind.SENDING_RATE])
def test_what_costs_nothing_asks_nobody_here(kind: ServiceKind) -> None:
    assert admit(a_service(kind), BASIC, ACME, 0) == ServiceAdmission()


@pytest.mark.parametrize("kind", sorted(set(ServiceKind) - {ServiceKind.PROVISIONING}))
def test_what_the_plan_does_not_have_is_refused(kind: ServiceKind) -> None:
    found = admit(a_service(kind), BARE, ACME, 0)
    assert isinstance(found, ServiceRefusal)
    assert found.code == "not_offered"
    assert "basic plan" in found.reason


@pytest.mark.parametrize(
    ("rate", "ips", "code"),
    [(40.0, 1, None), (40.1, 1, "needs_dedicated_ips"), (80.0, 2, None), (1000.0, 0, None)],
)
def test_with_dedicated_ips_a_higher_rate_takes_more_of_them(
    rate: float, ips: int, code: str | None
) -> None:
    found = admit(a_service(ServiceKind.SENDING_RATE, rate=rate), BASIC, ACME, ips)
    assert (found.code if isinstance(found, ServiceRefusal) else None) == code


def test_the_refusal_says_how_many_more_are_needed() -> None:
    found = admit(a_service(ServiceKind.SENDING_RATE, rate=100.0), BASIC, ACME, 1)
    assert isinstance(found, ServiceRefusal)
    assert "100 a second need 3 of them. Ask for 2 more first." in found.reason


@pytest.mark.parametrize("kind", list(ServiceKind))
def test_an_account_of_another_organisation_is_refused(kind: ServiceKind) -> None:
    assert refusal_of(a_service(kind, organisation_id="org-globex")) == "other_organisation"


def test_an_end_stays_the_one_it_is() -> None:
    stored = StoredService("req_1", a_service(), NOW, NOW)
    ended = stored.become(ServiceState.REFUSED, NOW, "No.")
    with pytest.raises(ValueError, match="has ended as refused"):
        ended.become(ServiceState.ACTIVE, NOW, "Yes.")


def test_costs_are_what_was_bought_and_their_sum_a_year() -> None:
    lines = costs(BASIC, AccountKind.ADDITIONAL, dedicated_ips=2, domain_packs=1)
    assert [line.as_json() for line in lines] == [
        {
            "what": "additional_account",
            "count": 1,
            "amount": 200.0,
            "price": "200 USD a year, in addition to maintenance",
        },
        {
            "what": "dedicated_ip",
            "count": 2,
            "amount": 3000.0,
            "price": "3000 USD a year, in addition to maintenance",
        },
        {"what": "domain_pack", "count": 1, "amount": None, "price": "price agreed separately"},
    ]
    assert total_a_year(lines) == Decimal(3200)
    assert costs(BASIC, AccountKind.BASIC, dedicated_ips=0, domain_packs=0) == []


@given(
    account=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", fullmatch=True),
    request_id=st.from_regex(r"req_[0-9a-f]{32}", fullmatch=True),
    kind=st.sampled_from(ServiceKind),
    attempt=st.integers(1, 9999),
)
def test_every_execution_name_is_one_that_step_functions_takes(
    account: str, request_id: str, kind: ServiceKind, attempt: int
) -> None:
    stored = StoredService(request_id, a_service(kind, account_id=account), NOW, NOW)
    name = replace(stored, attempt=attempt).execution_name
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name)


def test_a_wish_is_the_same_whatever_its_quantity() -> None:
    assert service_key(a_service(quantity=1)) == service_key(a_service(quantity=2))
    assert service_key(a_service()) != service_key(a_service(account_id="acme-eu"))
    assert service_key(a_service()) != service_key(a_service(ServiceKind.ASP))
