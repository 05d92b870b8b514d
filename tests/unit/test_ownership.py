"""Who may have a domain, and what the others are told."""

import pytest

from onboarding.domain.lifecycle import ENDS, IN_PROGRESS, State
from onboarding.domain.onboarding import Account, SendingDomain, execution_name
from onboarding.domain.ownership import Family, objection_to_claim
from onboarding.domain.request import Ticket
from tests.support.values import ACME, ACME_EU, GLOBEX, a_domain

LIVING = sorted(set(State) - ENDS - IN_PROGRESS)


def code(account: Account, current: SendingDomain | None, *relatives: SendingDomain) -> str | None:
    objection = objection_to_claim(account, "req_2", Family(current, relatives))
    return None if objection is None else objection.code


def test_a_domain_that_nobody_has_may_be_claimed() -> None:
    assert code(ACME, None) is None


def test_a_request_that_holds_the_domain_already_may_claim_it_again() -> None:
    assert code(ACME, a_domain(request_id="req_2")) is None


@pytest.mark.parametrize("state", sorted(ENDS))
@pytest.mark.parametrize("account", [ACME, ACME_EU, GLOBEX])
def test_a_domain_whose_onboarding_ended_is_free_for_anybody(
    state: State, account: Account
) -> None:
    assert code(account, a_domain(state=state)) is None


@pytest.mark.parametrize("state", sorted(set(State) - ENDS))
def test_a_living_domain_stays_with_its_organisation(state: State) -> None:
    assert code(GLOBEX, a_domain(state=state)) == "owned_by_another_organisation"


@pytest.mark.parametrize("state", sorted(set(State) - ENDS))
def test_a_living_domain_stays_with_its_account(state: State) -> None:
    assert code(ACME_EU, a_domain(state=state)) == "owned_by_another_account"


@pytest.mark.parametrize("state", sorted(IN_PROGRESS))
def test_the_same_account_has_to_wait_for_its_own_request(state: State) -> None:
    assert code(ACME, a_domain(state=state)) == "already_in_progress"


@pytest.mark.parametrize("state", [State.VERIFIED, State.AT_RISK])
def test_a_domain_that_works_is_not_thrown_back_by_another_request(state: State) -> None:
    assert code(ACME, a_domain(state=state)) == "already_verified"


def test_the_same_account_may_ask_again_for_a_domain_it_has_lost() -> None:
    assert code(ACME, a_domain(state=State.LOST)) is None


@pytest.mark.parametrize("relative", ["example.com", "a.news.example.com"])
def test_a_parent_or_a_child_of_another_organisation_is_an_objection(relative: str) -> None:
    theirs = a_domain(domain=relative, organisation_id="org-globex", state=State.VERIFIED)
    assert code(ACME, None, theirs) == "related_to_another_organisation"
    assert code(ACME, a_domain(state=State.LOST), theirs) == "related_to_another_organisation"


def test_relatives_of_the_same_organisation_or_ended_ones_are_none() -> None:
    ours = a_domain(domain="example.com", account_id="acme-eu", state=State.VERIFIED)
    gone = a_domain(domain="a.news.example.com", organisation_id="org-globex", state=State.EXPIRED)
    assert code(ACME, None, ours, gone) is None


def test_no_objection_says_who_the_other_organisation_is() -> None:
    theirs = a_domain(
        account_id="globex",
        organisation_id="org-globex",
        ticket=Ticket("standard", "secret-ticket"),
        contact_email="boss@globex.example",
        state=State.AWAITING_DNS,
    )
    for family in (Family(theirs), Family(None, (theirs,))):
        objection = objection_to_claim(ACME, "req_2", family)
        assert objection is not None
        for secret in ("globex", "secret-ticket", "boss"):
            assert secret not in objection.message


@pytest.mark.parametrize("state", sorted(set(State) - ENDS))
def test_an_agent_may_overrule_that_a_domain_is_another_organisations(state: State) -> None:
    theirs = a_domain(account_id="globex", organisation_id="org-globex", state=state)
    for family in (Family(theirs), Family(None, (theirs,))):
        objection = objection_to_claim(ACME, "req_2", family)
        assert objection is not None
        assert objection.holder == "req_1"
        assert "account globex of organisation org-globex" in objection.internal
        assert objection_to_claim(ACME, "req_2", family, {"req_1"}) is None
        assert objection_to_claim(ACME, "req_2", family, {"req_9"}) == objection


def test_an_agent_may_not_overrule_what_the_organisation_settles_itself() -> None:
    for account, current in (
        (ACME_EU, a_domain(state=State.VERIFIED)),
        (ACME, a_domain(state=State.VERIFIED)),
        (ACME, a_domain(state=State.AWAITING_DNS)),
    ):
        objection = objection_to_claim(account, "req_2", Family(current), {"req_1"})
        assert objection is not None
        assert objection.holder is None
        assert not objection.internal


@pytest.mark.parametrize("account", [ACME, GLOBEX])
def test_a_domain_whose_identity_is_still_to_be_deleted_has_to_be_waited_for(
    account: Account,
) -> None:
    leaving = a_domain(state=State.OFFBOARDED, leaving=True)
    assert code(account, leaving) == "being_offboarded"


def test_an_execution_name_is_the_same_for_the_same_ticket_domain_and_attempt() -> None:
    ticket = Ticket("standard", "4711")
    name = execution_name(ticket, "news.example.com", 1)
    assert name == execution_name(ticket, "news.example.com", 1)
    assert name.startswith("standard-4711-news-example-com_")
    assert name.endswith("_1")


def test_execution_names_differ_where_their_readable_parts_are_alike() -> None:
    names = {
        execution_name(Ticket("standard", "4711"), "a-b.example", 1),
        execution_name(Ticket("standard", "4711"), "a.b.example", 1),
        execution_name(Ticket("standard", "4711"), "a.b.example", 2),
        execution_name(Ticket("standard", "4711-a"), "b.example", 1),
        execution_name(Ticket("zendesk", "4711"), "a.b.example", 1),
    }
    assert len(names) == 5


def test_an_execution_name_is_one_that_step_functions_takes() -> None:
    name = execution_name(Ticket("standard", "x" * 128), f"{'a' * 60}.{'b' * 60}.example", 10)
    assert len(name) <= 80
    assert all(c.isalnum() or c in "-_" for c in name)
