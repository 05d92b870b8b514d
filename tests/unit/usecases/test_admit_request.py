"""Taking a domain for its account."""

from dataclasses import replace

import pytest

from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Account
from onboarding.domain.request import Ticket
from onboarding.ports import ConcurrentChange
from tests.support.values import RECORDS, a_domain, a_request, a_request_with_mail_from
from tests.support.world import DOMAIN, World


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
        (by_globex(), "owned_by_another_organisation"),
        (by_globex("example.com"), "related_to_another_organisation"),
        (by_globex("a.news.example.com"), "related_to_another_organisation"),
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
        assert (refusal["admitted"], refusal["code"]) == (False, code)
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
    assert world.admit()["code"] == "related_to_another_organisation"
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

    def always_raced(*arguments: object) -> None:
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
