"""Taking a domain for its account."""

from dataclasses import replace
from datetime import timedelta

import pytest

from onboarding.domain.approval import ApprovalKind
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Account, AccountKind, Organisation, Slot
from onboarding.domain.quota import Entitlement, Holder, Standing
from onboarding.domain.request import Ticket
from onboarding.port_errors import ConcurrentChange, SesBusy
from onboarding.usecases.current import Superseded
from tests.support.values import (
    ACME,
    GLOBEX,
    RECORDS,
    a_domain,
    a_request,
    a_request_with_mail_from,
)
from tests.support.world import DOMAIN, World

MORE = Account("acme-more", "org-acme", kind=AccountKind.ADDITIONAL)


def by_globex(domain: str = DOMAIN) -> dict[str, str]:
    return {"account_id": "globex", "domain": domain}


def test_a_request_for_a_free_domain_is_admitted_and_claims_it(world: World) -> None:
    world.accepted()
    assert world.admit() == {"admitted": True, "mail_from": False, "needs_document": False}
    domain = world.domain()
    assert (domain.account_id, domain.organisation_id, domain.request_id, domain.state) == (
        "acme",
        "org-acme",
        "req_1",
        State.REQUESTED,
    )
    [entry] = world.store.timeline(DOMAIN)
    assert entry.at == world.clock.now()
    assert (entry.what, entry.why, entry.by) == (
        "requested",
        "Asked for dkim, dmarc for account acme.",
        "ticket standard/4711",
    )


def test_a_request_with_spf_is_told_to_set_a_mail_from(world: World) -> None:
    world.accepted(a_request_with_mail_from())
    assert world.admit() == {"admitted": True, "mail_from": True, "needs_document": False}
    assert world.domain().mail_from == "bounce"


def test_admitting_twice_has_the_effects_of_once(world: World) -> None:
    world.accepted()
    first = world.admit()
    effects = world.effects()
    assert world.admit() == first
    assert world.effects() == effects


def test_a_request_of_an_account_that_is_gone_is_refused(world: World) -> None:
    world.accepted()
    del world.store.accounts["acme"]
    assert world.admit() == {
        "admitted": False,
        "needs_approval": False,
        "code": "unknown_account",
        "reason": "The account of this request does not exist any more.",
    }
    assert world.store.domain(DOMAIN) is None


def test_a_request_that_was_never_accepted_is_a_fault(world: World) -> None:
    with pytest.raises(LookupError, match="no request req_9"):
        world.admit("req_9")


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ({"account_id": "acme"}, "already_in_progress"),
        ({"account_id": "acme-eu"}, "owned_by_another_account"),
    ],
)
def test_a_domain_that_somebody_has_is_refused_and_nothing_is_written(
    world: World, first: dict[str, str], code: str
) -> None:
    world.admitted(a_request(**first), "req_0")
    world.accepted()
    effects = world.effects()
    for _ in range(2):
        refusal = world.admit()
        assert not refusal["admitted"]
        assert not refusal["needs_approval"]
        assert refusal["code"] == code
        assert refusal["reason"].endswith(".")
    assert world.effects() == effects


def test_a_sibling_of_another_organisation_is_no_obstacle(world: World) -> None:
    world.admitted(a_request(**by_globex("shop.example.com")), "req_0")
    world.accepted()
    assert world.admit()["admitted"]


def test_a_domain_whose_onboarding_ended_goes_to_the_next_who_asks(world: World) -> None:
    world.admitted(a_request(**by_globex()), "req_0")
    world.reject("x", "No.", "req_0")
    world.accepted()
    assert world.admit()["admitted"]
    assert world.domain().account_id == "acme"


def test_a_domain_remembers_whose_it_was_from_when_on(world: World) -> None:
    world.admitted()
    began = world.clock.now()
    world.store.save(world.domain().become(State.EXPIRED, began))
    world.clock.advance(timedelta(days=1))
    world.admitted(a_request(**by_globex()), "req_2")
    assert [(held.account_id, held.since) for held in world.domain().holdings] == [
        ("acme", began),
        ("globex", world.clock.now()),
    ]


def test_who_had_the_identity_is_remembered_over_a_claim_that_made_none(world: World) -> None:
    with_records = replace(
        a_domain(state=State.EXPIRED), account_id="globex", request_id="req_0", records=RECORDS
    )
    world.store.stored_domains[DOMAIN] = with_records
    world.accepted()
    assert world.admit()["admitted"]
    assert world.domain().previous_account == "globex"
    world.reject("x", "No.")
    world.accepted(a_request(ticket=Ticket("standard", "other")), "req_2")
    assert world.admit("req_2")["admitted"]
    assert world.domain().previous_account == "globex"


def test_a_verified_domain_stays_verified_when_it_is_asked_for_again(world: World) -> None:
    world.waiting()
    world.mark_verified()
    world.accepted(a_request(ticket=Ticket("standard", "other")), "req_2")
    assert world.admit("req_2")["code"] == "already_verified"
    assert world.domain().request_id == "req_1"
    assert world.domain().state is State.VERIFIED


def test_a_claim_that_lost_a_race_is_decided_again(world: World) -> None:
    """Globex claims the parent between reading the family and writing the claim."""
    world.accepted(a_request(**by_globex("example.com")), "req_0")
    world.accepted()
    family = world.store.family

    def read_then_lose(domain: str, parents: tuple[str, ...]) -> object:
        found = family(domain, parents)
        world.store.family = family  # type: ignore[method-assign]
        assert world.admit("req_0")["admitted"]
        return found

    world.store.family = read_then_lose  # type: ignore[method-assign, assignment]
    approval = world.store.approval(world.admit()["approval_id"])
    assert approval is not None
    assert approval.kind is ApprovalKind.CROSS_ORGANISATION
    assert world.store.domain(DOMAIN) is None


def test_a_claim_that_is_raced_by_the_same_request_is_admitted_once(world: World) -> None:
    world.accepted()
    family = world.store.family

    def read_then_lose(domain: str, parents: tuple[str, ...]) -> object:
        found = family(domain, parents)
        world.store.family = family  # type: ignore[method-assign]
        world.admit()
        return found

    world.store.family = read_then_lose  # type: ignore[method-assign, assignment]
    assert world.admit() == {"admitted": True, "mail_from": False, "needs_document": False}
    assert world.happened() == ["requested"]


def test_a_claim_that_never_stops_being_raced_is_a_fault(world: World) -> None:
    world.accepted()
    tries = []

    def always_raced(*arguments: object, **named: object) -> None:
        tries.append(arguments)
        raise ConcurrentChange(DOMAIN)

    world.store.claim = always_raced  # type: ignore[method-assign, assignment]
    with pytest.raises(ConcurrentChange, match="by many at once"):
        world.admit()
    assert len(tries) == 5


def test_an_organisation_may_have_a_parent_and_its_child_in_two_accounts(world: World) -> None:
    world.put_account(Account("acme-lab", "org-acme"))
    world.admitted(a_request(account_id="acme-lab", domain="example.com"), "req_0")
    world.accepted()
    assert world.admit()["admitted"]


# ---------------------------------------------------------------- within the allowance


def test_a_domain_within_the_allowance_takes_a_slot_of_its_account(world: World) -> None:
    world.admitted()
    assert world.domain().slot is Slot.ACCOUNT
    assert world.store.standing(ACME) == Standing(used=1)


def test_the_eleventh_domain_is_held_without_a_slot_until_an_agent_approves(world: World) -> None:
    world.used_up()
    world.accepted()
    admission = world.admit()
    assert not admission["admitted"]
    approval = world.store.approval(admission["approval_id"])
    assert approval is not None
    assert (approval.kind, approval.request_id) == (ApprovalKind.DOMAIN_PACK, "req_1")
    assert (world.domain().state, world.domain().slot) == (State.REQUESTED, None)
    assert world.store.standing(ACME) == Standing(used=10)
    effects = world.effects()
    assert world.admit() == admission
    assert world.effects() == effects


def test_a_pack_that_was_approved_is_granted_once_and_the_request_is_admitted(
    world: World,
) -> None:
    approval_id = world.awaiting_approval()
    world.decide(approval_id)
    for _ in range(2):
        assert world.admit() == {"admitted": True, "mail_from": False, "needs_document": False}
    assert world.domain().slot is Slot.ACCOUNT
    assert world.store.standing(ACME) == Standing(used=11, domain_packs=1)


def test_what_was_approved_is_granted_even_where_there_is_room_by_now(world: World) -> None:
    """The customer pays for the pack: it is not lost because another domain has ended."""
    world.decide(world.awaiting_approval())
    world.used_up(count=3)
    assert world.admit()["admitted"]
    assert world.store.standing(ACME) == Standing(used=4, domain_packs=1)


def test_an_approved_request_is_not_beaten_to_its_slot_by_others(world: World) -> None:
    world.decide(world.awaiting_approval())
    world.used_up(count=25)  # the operator has lowered the plan meanwhile
    assert world.admit()["admitted"]
    assert world.store.standing(ACME).used == 26


def test_a_domain_that_waits_while_room_is_made_still_waits_for_its_answer(world: World) -> None:
    approval_id = world.awaiting_approval()
    world.used_up(count=3)
    assert world.admit()["approval_id"] == approval_id
    assert (world.domain().state, world.domain().slot) == (State.AWAITING_APPROVAL, None)


def test_the_organisations_pool_is_used_when_the_account_is_full(world: World) -> None:
    world.used_up()
    pool = Holder(Slot.POOL, "org-acme")
    world.store.entitlements[pool, Entitlement.ASP] = 1
    world.admitted()
    assert world.domain().slot is Slot.POOL
    assert world.store.standing(ACME) == Standing(used=10, pool_used=1, asp=1)


def test_an_override_of_the_organisation_counts(world: World) -> None:
    world.used_up()
    more = {"accounts": {"basic": {"domains": 11}}}
    world.store.put_organisation(Organisation("org-acme", override=more))
    assert world.admitted()


def test_where_no_packs_are_sold_the_eleventh_domain_is_refused(world: World) -> None:
    world.used_up()
    world.store.put_organisation(Organisation("org-acme", override={"domain_pack": None}))
    world.accepted()
    refusal = world.admit()
    assert (refusal["needs_approval"], refusal["code"]) == (False, "no_domains_left")
    assert world.store.domain(DOMAIN) is None


def test_a_free_domain_that_others_have_taken_meanwhile_becomes_a_question_of_payment(
    world: World,
) -> None:
    world.put_account(MORE)
    world.used_up(MORE, 9)
    own = Holder(Slot.ACCOUNT, MORE.account_id)
    world.store.entitlements[own, Entitlement.FREE_DOMAINS] = 6
    world.accepted(a_request(account_id="acme-more"))
    world.decide(world.ask())
    world.used_up(MORE, 10)
    world.store.entitlements[own, Entitlement.FREE_DOMAINS] = 7
    approval = world.store.approval(world.admit()["approval_id"])
    assert approval is not None
    assert approval.kind is ApprovalKind.DOMAIN_PACK
    world.decide(world.ask())
    assert world.admit()["admitted"]
    assert world.store.standing(MORE) == Standing(used=11, domain_packs=1, free_domains=7)


def test_a_lost_domain_that_is_asked_for_again_keeps_its_slot(world: World) -> None:
    world.admitted(request_id="req_0")
    world.store.stored_domains[DOMAIN] = replace(world.domain(), state=State.LOST)
    world.used_up(count=10)
    world.accepted()
    assert world.admit()["admitted"]
    assert world.store.standing(ACME) == Standing(used=10)


# ---------------------------------------------------------------- another organisation's


@pytest.mark.parametrize("theirs", [DOMAIN, "example.com", "a.news.example.com"])
def test_another_organisations_domain_is_left_to_it_until_an_agent_approves(
    world: World, theirs: str
) -> None:
    world.admitted(a_request(**by_globex(theirs)), "req_0")
    world.accepted()
    before = (world.store.domain(DOMAIN), world.store.timeline(DOMAIN))
    approval_id = world.ask()
    approval = world.store.approval(approval_id)
    assert approval is not None
    assert (approval.kind, approval.price) == (ApprovalKind.CROSS_ORGANISATION, None)
    assert "globex" not in approval.reason
    assert "account globex of organisation org-globex" in approval.internal
    assert (world.store.domain(DOMAIN), world.store.timeline(DOMAIN)) == before


@pytest.mark.parametrize("theirs", ["example.com", "a.news.example.com"])
def test_a_relative_stays_with_its_organisation_when_the_claim_is_approved(
    world: World, theirs: str
) -> None:
    world.admitted(a_request(**by_globex(theirs)), "req_0")
    world.accepted()
    world.decide(world.ask(), note="Both agree.")
    for _ in range(2):
        assert world.admit()["admitted"]
    assert world.domain().organisation_id == "org-acme"
    assert world.domain(theirs).organisation_id == "org-globex"
    decision, requested = world.store.timeline(DOMAIN)
    assert (decision.what, decision.by) == ("approval_given", "Ada")
    assert decision.why.endswith("Both agree.")
    assert requested.what == "requested"


def test_a_domain_that_an_agent_moves_ends_with_its_holder_who_is_told_no_name(
    world: World,
) -> None:
    world.waiting(a_request(**by_globex()), "req_0")
    world.accepted()
    world.decide(world.ask())
    for _ in range(2):
        assert world.admit()["admitted"]
    moved = world.domain()
    assert (moved.account_id, moved.previous_account) == ("acme", "globex")
    assert (moved.request_id, moved.previous_request) == ("req_1", "req_0")
    assert world.happened()[-3:] == ["offboarded", "approval_given", "requested"]
    assert world.store.timeline(DOMAIN)[-3].by == "Ada"
    assert (world.store.standing(ACME).used, world.store.standing(GLOBEX).used) == (1, 0)
    assert world.store.requests["req_0"].outcome is State.OFFBOARDED
    told = world.store.comments[Ticket("standard", "ticket-of-req_0"), "moved-req_0"]
    assert "acme" not in told


def test_what_an_agent_approved_of_one_holder_is_asked_again_of_the_next(world: World) -> None:
    world.waiting(a_request(**by_globex()), "req_0")
    world.accepted()
    first = world.ask()
    world.decide(first)
    world.offboard("req_0")
    world.put_account(Account("initech", "org-initech"))
    world.admitted(a_request(account_id="initech"), "req_2")
    second = world.ask()
    assert second != first
    assert "initech" in world.store.approvals[second].internal
    assert world.domain().account_id == "initech"
    world.decide(second)
    assert world.admit()["admitted"]
    assert world.domain().account_id == "acme"


def test_every_other_organisation_that_is_concerned_takes_an_approval_of_its_own(
    world: World,
) -> None:
    world.put_account(Account("initech", "org-initech"))
    world.admitted(a_request(**by_globex("example.com")), "req_0")
    world.accepted(a_request(account_id="initech"), "req_2")
    world.decide(world.ask("req_2"))
    assert world.admit("req_2")["admitted"]
    world.accepted()
    first = world.ask()
    world.decide(first)
    second = world.ask()
    world.decide(second)
    assert len({first, second}) == 2
    assert world.admit()["admitted"]
    assert world.domain().account_id == "acme"


def test_the_identity_of_a_moved_domain_is_made_anew_for_its_new_owner(world: World) -> None:
    world.waiting(a_request(**by_globex()), "req_0")
    world.accepted()
    world.decide(world.ask())
    world.admit()
    world.identities.tokens = ("n1", "n2", "n3")
    assert world.create() == {"created": True, "busy": False}
    assert world.identities.identities[DOMAIN].account_id == "acme"
    assert world.identities.identities[DOMAIN].tokens == ("n1", "n2", "n3")


def test_the_workflow_of_whoever_lost_the_domain_ends_quietly(world: World) -> None:
    world.waiting(a_request(**by_globex()), "req_0")
    world.accepted()
    world.decide(world.ask())
    world.admit()
    with pytest.raises(Superseded):
        world.check("req_0")
    with pytest.raises(Superseded):
        world.admit("req_0")
    assert world.fail("req_0", "Superseded")["superseded"]


def test_what_is_both_another_organisations_and_beyond_the_allowance_takes_two_approvals(
    world: World,
) -> None:
    world.waiting(a_request(**by_globex()), "req_0")
    world.used_up()
    world.accepted()
    permission = world.ask()
    world.decide(permission)
    payment = world.ask()
    assert payment != permission
    assert world.domain().account_id == "globex", "it keeps the domain until all is approved"
    world.decide(payment)
    assert world.admit()["admitted"]
    assert world.store.standing(ACME) == Standing(used=11, domain_packs=1)
    assert world.happened()[-4:] == ["offboarded", "approval_given", "approval_given", "requested"]


def test_a_domain_that_is_being_off_boarded_is_not_claimed_before_its_identity_is_gone(
    world: World,
) -> None:
    world.waiting()
    world.identities.failures = [SesBusy()]
    with pytest.raises(SesBusy):
        world.offboard()
    world.accepted(a_request(), "req_2")
    assert world.admit("req_2")["code"] == "being_offboarded"
    world.offboard()
    assert world.admit("req_2")["admitted"]
