"""Plans: every figure of the operator's page, the admission table, and what a plan may not say.

``docs/operator-rules.md`` maps each rule to a test here; one figure, one test.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.approval import ApprovalKind, Ask, Price
from onboarding.domain.onboarding import AccountKind, Organisation, Slot
from onboarding.domain.plan import (
    Impossible,
    NeedsApproval,
    Plan,
    PlanError,
    WithinAllowance,
    admission,
    domain_limit,
    known_plans,
    parse_plan,
    plan_of,
    pool_limit,
)
from onboarding.domain.quota import Entitlement, Standing

BASIC = plan_of(Organisation("org-acme"))
FIRST, MORE = AccountKind.BASIC, AccountKind.ADDITIONAL


def plan_with(**override: Any) -> Plan:
    return plan_of(Organisation("org-acme", override=override))


def ask_of(decision: object) -> Ask:
    assert isinstance(decision, NeedsApproval)
    return decision.ask


# ---------------------------------------------------------------- the operator's figures


def test_ten_domains_are_included_in_an_account() -> None:
    """Domain verification and authentication: up to 10 domains per account."""
    decisions = [admission(BASIC, FIRST, Standing(used=used)) for used in range(11)]
    assert decisions[:10] == [WithinAllowance(Slot.ACCOUNT, 10)] * 10
    assert isinstance(decisions[10], NeedsApproval)


def test_the_eleventh_domain_takes_a_paid_pack_that_an_agent_approves() -> None:
    """If more domains are needed, Support approves the payment."""
    ask = ask_of(admission(BASIC, FIRST, Standing(used=10)))
    assert (ask.kind, ask.grants) == (ApprovalKind.DOMAIN_PACK, {Entitlement.DOMAIN_PACKS: 1})


def test_a_pack_is_ten_more_domains() -> None:
    """Basic set-up for 10 additional domains."""
    assert domain_limit(BASIC, FIRST, Standing(domain_packs=1)) == 20
    assert admission(BASIC, FIRST, Standing(used=19, domain_packs=1)) == WithinAllowance(
        Slot.ACCOUNT, 20
    )
    assert isinstance(admission(BASIC, FIRST, Standing(used=20, domain_packs=1)), NeedsApproval)


def test_a_pack_has_no_price_of_its_own_until_one_is_configured() -> None:
    """Additional domain authentication is charged separately; the page names no price."""
    price = ask_of(admission(BASIC, FIRST, Standing(used=10))).price
    assert str(price) == "price agreed separately"
    priced = plan_with(domain_pack={"price": {"amount": 99.5, "period": "year"}})
    price = ask_of(admission(priced, FIRST, Standing(used=10))).price
    assert str(price) == "99.50 USD a year"


def test_an_additional_account_costs_200_dollars_a_year_beside_maintenance() -> None:
    """200$ annual payment, in addition to the maintenance payment."""
    assert BASIC.additional.price == Price(Decimal(200), "USD", "year", "maintenance")
    assert str(BASIC.additional.price) == "200 USD a year, in addition to maintenance"


def test_three_domains_are_included_in_an_additional_account() -> None:
    """Basic set-up will be provided to up to 3 domains."""
    decisions = [admission(BASIC, MORE, Standing(used=used)) for used in range(4)]
    assert decisions[:3] == [WithinAllowance(Slot.ACCOUNT, 3)] * 3
    assert isinstance(decisions[3], NeedsApproval)


def test_an_additional_accounts_fourth_to_tenth_domain_is_approved_at_no_charge() -> None:
    """The page says both 3 and 10; the plan reads it so: 4 to 10 by approval, free of charge."""
    for used in range(3, 10):
        ask = ask_of(admission(BASIC, MORE, Standing(used=used, free_domains=used - 3)))
        assert (ask.kind, str(ask.price)) == (ApprovalKind.FREE_DOMAIN, "at no charge")
        assert ask.grants == {Entitlement.FREE_DOMAINS: 1}


def test_an_additional_accounts_eleventh_domain_is_paid_for() -> None:
    """Beyond 10 it is a paid approval there, too."""
    ask = ask_of(admission(BASIC, MORE, Standing(used=10, free_domains=7)))
    assert ask.kind is ApprovalKind.DOMAIN_PACK
    assert BASIC.most_free_domains(MORE) == 7
    assert BASIC.most_free_domains(FIRST) == 0


def test_asp_is_ten_more_domains_for_all_accounts_of_the_organisation() -> None:
    """ASP: 10 additional domains, which can be distributed between accounts."""
    assert pool_limit(BASIC, Standing(asp=1)) == 10
    for kind, used in ((FIRST, 10), (MORE, 3)):
        decisions = [
            admission(BASIC, kind, Standing(used=used, asp=1, pool_used=n)) for n in range(11)
        ]
        assert decisions[:10] == [WithinAllowance(Slot.POOL, 10)] * 10
        assert isinstance(decisions[10], NeedsApproval)


def test_an_account_uses_its_own_domains_before_the_shared_ones() -> None:
    assert admission(BASIC, FIRST, Standing(used=9, asp=1)) == WithinAllowance(Slot.ACCOUNT, 10)


def test_a_dedicated_ip_costs_1500_dollars_a_year_beside_maintenance() -> None:
    """1,500$ annual payment, in addition to the maintenance payment."""
    assert BASIC.dedicated_ip is not None
    assert str(BASIC.dedicated_ip.price) == "1500 USD a year, in addition to maintenance"


def test_a_dedicated_ip_sends_40_emails_a_second() -> None:
    """The send rate for the IP is 40 e-mails per second; more takes another IP."""
    assert BASIC.dedicated_ip is not None
    assert BASIC.dedicated_ip.emails_per_second == 40


def test_a_dedicated_ip_needs_no_minimum_of_emails() -> None:
    """No need for the 175K minimum sends."""
    assert BASIC.dedicated_ip is not None
    assert BASIC.dedicated_ip.minimum_emails == 0


def test_a_higher_sending_rate_waits_for_aws() -> None:
    """Increase send rate: upon request, pending AWS's approval."""
    assert BASIC.sending_rate_pending == "AWS"


def test_a_custom_mail_from_needs_a_signed_document_and_has_no_analytics() -> None:
    """The customer signs for complaints and bounces; analytics are not provided."""
    assert (BASIC.mail_from_needs_document, BASIC.mail_from_analytics) == (True, False)


# ---------------------------------------------------------------- the decision


def test_what_is_asked_says_why_in_words_for_a_customer() -> None:
    ask = ask_of(admission(BASIC, FIRST, Standing(used=10)))
    assert ask.reason == (
        "The 10 domains of this account are used. 10 more are a paid service, which an agent has "
        "to approve."
    )
    ask = ask_of(admission(BASIC, MORE, Standing(used=3, asp=1, pool_used=10)))
    assert ask.reason == (
        "The 3 domains of this account are used, and so are the 10 that the organisation's "
        "accounts share. An agent may approve one more at no charge, up to 10 in all."
    )


def test_where_no_packs_are_sold_there_is_no_more_to_be_had() -> None:
    plan = plan_with(domain_pack=None)
    decision = admission(plan, FIRST, Standing(used=10))
    assert decision == Impossible(
        "no_domains_left",
        "The 10 domains of this account are used. More domains are not offered on the basic plan.",
    )
    # A pack that was bought while they were sold is worth nothing without its size.
    assert isinstance(admission(plan, FIRST, Standing(used=10, domain_packs=1)), Impossible)


counts = st.integers(0, 40)


@given(
    kind=st.sampled_from(AccountKind),
    standing=st.builds(
        Standing,
        used=counts,
        domain_packs=st.integers(0, 3),
        free_domains=st.integers(0, 7),
        pool_used=counts,
        asp=st.integers(0, 3),
    ),
)
def test_a_domain_is_within_the_allowance_exactly_where_a_slot_is_free(
    kind: AccountKind, standing: Standing
) -> None:
    decision = admission(BASIC, kind, standing)
    own = standing.used < domain_limit(BASIC, kind, standing)
    shared = standing.pool_used < pool_limit(BASIC, standing)
    assert isinstance(decision, WithinAllowance) == (own or shared)
    if isinstance(decision, NeedsApproval):
        assert sum(decision.ask.grants.values()) == 1
        free = decision.ask.kind is ApprovalKind.FREE_DOMAIN
        assert free == (standing.free_domains < BASIC.most_free_domains(kind))


# ---------------------------------------------------------------- plans as data


def test_an_override_changes_what_it_names_and_nothing_else() -> None:
    plan = plan_with(accounts={"basic": {"domains": 25}})
    assert plan.basic.domains == plan.basic.domains_by_approval == 25
    assert plan.additional == BASIC.additional
    assert plan.domain_pack == BASIC.domain_pack


def test_an_override_of_one_organisation_leaves_the_plan_alone() -> None:
    plan_with(accounts={"basic": {"domains": 25}})
    assert plan_of(Organisation("org-globex")) == BASIC


def test_a_price_can_be_taken_away_again() -> None:
    plan = plan_with(dedicated_ip={"price": {"amount": None}})
    assert plan.dedicated_ip is not None
    assert str(plan.dedicated_ip.price) == "price agreed separately"


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ({"acounts": {}}, "basic.acounts: is not a setting; known here: accounts, title,"),
        ({"accounts": {"gold": {}}}, "basic.accounts.gold: is not a setting"),
        ({"accounts": {"basic": {"domains": "ten"}}}, "basic.accounts.basic.domains: has to be a"),
        ({"accounts": {"basic": {"domains": -1}}}, "whole number from 0 to 10000"),
        ({"accounts": {"basic": {"domains": True}}}, "whole number from 0 to 10000"),
        ({"accounts": {"basic": {"domains": None}}}, "basic.accounts.basic.domains: is missing"),
        (
            {"accounts": {"additional": {"domains_by_approval": 2}}},
            "basic.accounts.additional.domains_by_approval: has to be at least 3",
        ),
        ({"accounts": {"basic": 10}}, "basic.accounts.basic: has to be a table"),
        ({"domain_pack": {"domains": 0}}, "basic.domain_pack.domains: has to be a whole number"),
        ({"domain_pack": {"price": {"amount": -5}}}, "basic.domain_pack.price.amount: has to be"),
        ({"domain_pack": {"price": {"amount": 1.005}}}, "at most two decimals"),
        ({"domain_pack": {"price": {"amount": float("nan")}}}, "has to be an amount of money"),
        ({"domain_pack": {"price": {"currency": ""}}}, "price.currency: has to be text"),
        ({"mail_from": {"analytics": "no"}}, "basic.mail_from.analytics: has to be true or false"),
        ({"title": 7}, "basic.title: has to be text"),
    ],
)
def test_an_override_that_is_wrong_is_refused_with_its_path(
    override: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PlanError, match=f".*{reason}"):
        plan_with(**override)


def test_a_plan_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(PlanError, match="there is no plan gold; known: basic"):
        plan_of(Organisation("org-acme", "gold"))


def test_every_plan_of_the_file_is_valid() -> None:
    for name, data in known_plans().items():
        assert parse_plan(name, data).name == name
