"""Creating the identity at SES, and whose an existing one is."""

import pytest

from onboarding.domain.identity import Identity
from onboarding.domain.onboarding import Account
from onboarding.domain.provisioning import Provisioned
from onboarding.domain.records import Purpose
from onboarding.port_errors import AlreadyExists, SesBusy
from onboarding.usecases.create_identity import AccountMissing
from onboarding.usecases.current import Superseded
from tests.support.values import ACME, GLOBEX, a_request, a_request_with_mail_from
from tests.support.world import DOMAIN, World

SOMEBODY_ELSES = {
    "created": False,
    "busy": False,
    "code": "identity_of_somebody_else",
    "reason": "Amazon SES already holds news.example.com, and not for this account. An operator "
    "has to find out whose it is before it can be used.",
}


def test_an_identity_is_created_and_its_records_are_kept(world: World) -> None:
    world.admitted()
    assert world.create() == {"created": True, "busy": False}
    assert world.identities.calls == [("create", DOMAIN)]
    assert [(r.type, r.name, r.value) for r in world.domain().records] == [
        ("CNAME", "t1._domainkey.news.example.com", "t1.dkim.amazonses.com"),
        ("CNAME", "t2._domainkey.news.example.com", "t2.dkim.amazonses.com"),
        ("CNAME", "t3._domainkey.news.example.com", "t3.dkim.amazonses.com"),
        (
            "TXT",
            "_dmarc.news.example.com",
            "v=DMARC1; p=quarantine; pct=25; rua=mailto:dmarc@example.com",
        ),
    ]
    assert world.happened() == ["requested", "identity_created"]


def test_a_mail_from_adds_its_two_records(world: World) -> None:
    world.admitted(a_request_with_mail_from())
    world.create()
    assert [r.purpose for r in world.domain().records] == [
        *[Purpose.DKIM] * 3,
        Purpose.MAIL_FROM_MX,
        Purpose.MAIL_FROM_SPF,
        Purpose.DMARC,
    ]


def test_creating_twice_has_the_effects_of_once(world: World) -> None:
    world.admitted()
    world.create()
    before = world.effects()
    assert world.create() == {"created": True, "busy": False}
    after = world.effects()
    # SES is asked again, and answers AlreadyExists: that is no effect.
    assert before.pop("calls") == [("create", DOMAIN)]
    assert after.pop("calls") == [("create", DOMAIN)] * 2
    assert after == before


def test_an_identity_that_an_earlier_try_made_is_read_back(world: World) -> None:
    world.admitted()
    world.identities.create(DOMAIN, ACME)
    assert world.create() == {"created": True, "busy": False}
    assert len(world.domain().records) == 4


@pytest.mark.parametrize("owner", [GLOBEX, Account("acme-eu", "org-acme")])
def test_an_identity_of_somebody_else_is_never_taken(world: World, owner: Account) -> None:
    world.admitted()
    world.identities.create(DOMAIN, owner)
    effects = world.identities.identities.copy()
    for _ in range(2):
        assert world.create() == SOMEBODY_ELSES
    assert world.identities.identities == effects
    assert world.domain().records == ()


def test_an_identity_that_nobody_has_tagged_is_never_taken(world: World) -> None:
    world.admitted()
    world.identities.create(DOMAIN, ACME)
    world.identities.change(DOMAIN, account_id=None)
    assert world.create() == SOMEBODY_ELSES


def test_an_identity_left_by_an_ended_request_is_made_anew_for_the_next_owner(
    world: World,
) -> None:
    world.created(a_request(account_id="globex"), "req_0")
    world.reject("x", "No.", "req_0")
    world.identities.tokens = ("n1", "n2", "n3")
    world.admitted()
    assert world.create() == {"created": True, "busy": False}
    assert [call for call in world.identities.calls if call[0] != "get"] == [
        ("create", DOMAIN),
        ("create", DOMAIN),
        ("delete", DOMAIN),
        ("create", DOMAIN),
    ]
    assert world.identities.identities[DOMAIN].account_id == "acme"
    assert world.domain().records[0].name == "n1._domainkey.news.example.com"


def test_an_identity_left_by_the_same_account_keeps_its_tokens(world: World) -> None:
    world.waiting()
    world.expire()
    before = world.domain().records
    world.identities.tokens = ("n1", "n2", "n3")
    world.admitted(request_id="req_2")
    assert world.create("req_2") == {"created": True, "busy": False}
    assert world.domain().records == before


def test_an_identity_deleted_between_two_calls_is_a_fault_that_a_retry_cures(world: World) -> None:
    world.admitted()
    world.identities.failures = [AlreadyExists(DOMAIN)]
    with pytest.raises(AlreadyExists):
        world.create()
    assert world.create() == {"created": True, "busy": False}


def test_a_busy_ses_is_waited_for_and_asked_again(world: World) -> None:
    world.admitted()
    world.identities.failures = [SesBusy("slow down", wait_seconds=40)]
    assert world.create() == {"busy": True, "wait_seconds": 40}
    assert world.create() == {"created": True, "busy": False}


def test_a_domain_of_an_isolated_account_joins_its_tenant(world: World) -> None:
    isolated = Provisioned("acme", tenant="acme", configuration_set="acme-set")
    world.store.save_provisioned(isolated)
    world.admitted()
    for _ in range(2):
        assert world.create() == {"created": True, "busy": False}
    assert world.identities.tenants == {DOMAIN: ("acme", "acme-set")}


def refused_once(world: World) -> None:
    """The identity is created; its tenant's turn at SES is refused."""
    world.store.save_provisioned(Provisioned("acme", tenant="acme", configuration_set="acme-set"))
    world.admitted()
    join = world.identities.join_tenant

    def refuse(*_: str) -> bool:
        world.identities.join_tenant = join  # type: ignore[method-assign]
        raise SesBusy("slow down", wait_seconds=40)

    world.identities.join_tenant = refuse  # type: ignore[method-assign]
    assert world.create() == {"busy": True, "wait_seconds": 40}


def test_a_refused_turn_of_the_tenant_does_not_begin_again(world: World) -> None:
    refused_once(world)
    assert len(world.domain().records) == 4
    assert world.create() == {"created": True, "busy": False}
    assert world.identities.calls == [("create", DOMAIN), ("join_tenant", DOMAIN)]
    assert world.identities.tenants == {DOMAIN: ("acme", "acme-set")}
    assert world.happened() == ["requested", "identity_created"]
    assert world.domain().joining is None


def test_an_identity_deleted_before_its_tenant_has_it_is_made_anew(world: World) -> None:
    refused_once(world)
    del world.identities.identities[DOMAIN]
    assert world.create() == {"created": True, "busy": False}
    assert DOMAIN in world.identities.identities
    assert world.identities.tenants == {DOMAIN: ("acme", "acme-set")}


def test_the_progress_of_one_request_is_not_anothers(world: World) -> None:
    refused_once(world)
    world.reject("x", "No.")
    world.admitted(request_id="req_2")
    world.identities.calls.clear()
    world.create("req_2")
    assert world.identities.calls[0] == ("create", DOMAIN)


def test_a_tenant_without_its_configuration_set_is_not_joined_yet(world: World) -> None:
    world.store.save_provisioned(Provisioned("acme", tenant="acme"))
    world.admitted()
    assert world.create() == {"created": True, "busy": False}
    assert world.identities.tenants == {}


def test_an_account_isolated_while_the_identity_is_created_is_seen(world: World) -> None:
    world.admitted()
    create = world.identities.create

    def create_meanwhile(domain: str, account: Account) -> Identity:
        created = create(domain, account)
        world.store.save_provisioned(
            Provisioned("acme", tenant="acme", configuration_set="acme-set")
        )
        return created

    world.identities.create = create_meanwhile  # type: ignore[method-assign]
    world.create()
    assert world.identities.tenants == {DOMAIN: ("acme", "acme-set")}


def test_an_account_that_went_away_meanwhile_is_a_fault(world: World) -> None:
    world.admitted()
    del world.store.accounts["acme"]
    with pytest.raises(AccountMissing):
        world.create()


def test_a_request_that_does_not_hold_the_domain_creates_nothing(world: World) -> None:
    world.admitted(request_id="req_0")
    world.accepted(request_id="req_2")
    with pytest.raises(Superseded):
        world.create("req_2")
    assert world.identities.calls == []
