"""Services asked for, recorded and shown; the workflow itself is in ``test_provision_account``."""

import json
from typing import Any

import pytest

from onboarding.adapters.memory_feedback import MemoryFlags
from onboarding.adapters.tickets.standard import StandardWebhooks
from onboarding.contracts import InvalidRequest
from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Organisation
from onboarding.domain.provisioning import Provisioned
from onboarding.domain.quota import Entitlement
from onboarding.domain.request import Ticket
from onboarding.domain.service import AcceptedService, ServiceKind, ServiceState
from onboarding.domain.setup_list import CannotBeTicked, SetupItem
from onboarding.usecases.admit_service import admit_service
from onboarding.usecases.grant_entitlement import grant_entitlement
from onboarding.usecases.grant_service import NotApproved, grant_service
from onboarding.usecases.receive_ticket import receive_ticket
from onboarding.usecases.record_pool import NothingOrdered, UnknownPool, record_pool
from onboarding.usecases.setup_account import (
    hand_out_sheet,
    record_review,
    setup_account,
    tick_item,
)
from onboarding.usecases.show_account import show_account
from onboarding.usecases.show_request import show_request
from tests.support.service_world import ServiceWorld
from tests.support.values import ACME, NOW, RULES
from tests.support.world import World
from tests.unit.usecases.test_receive_ticket import NOW as RECEIVED
from tests.unit.usecases.test_receive_ticket import OneSecret, headers


@pytest.fixture
def services() -> ServiceWorld:
    return ServiceWorld()


# Asked for


def receive(world: World, delivery_id: str = "msg_1", **data: Any) -> AcceptedService:
    wish = {"ticket_id": "4711", "account_id": "acme", "service": "provisioning", **data}
    content = json.dumps({"type": "account.service.requested", "data": wish}).encode()
    accepted = receive_ticket(
        StandardWebhooks(OneSecret(), real_time=lambda: float(RECEIVED)),
        headers(content, delivery_id),
        content,
        rules=RULES,
        store=world.store,
        documents=world.documents,
        texts=world.texts,
        workflows=world.workflows,
        services=lambda: (world.store, world.service_workflows),
        batches=lambda: (world.batches, world.batch_files, world.batch_workflows),
        clock=world.clock,
        random=world.dice,
    )
    assert isinstance(accepted, AcceptedService)
    return accepted


def test_a_call_for_a_service_is_kept_and_its_workflow_started(world: World) -> None:
    accepted = receive(world)
    assert accepted.is_new
    assert accepted.stored.request.ticket == Ticket("standard", "4711")
    assert world.service_workflows.started == [accepted.stored.execution_name]
    assert world.workflows.started == []
    shown = show_request(accepted.stored.request_id, store=world.store)
    assert shown is not None
    assert (shown["account_id"], shown["service"], shown["state"]) == (
        "acme",
        "provisioning",
        "requested",
    )


def test_a_repeated_call_has_the_effects_of_one(world: World) -> None:
    first = receive(world)
    again = receive(world)
    other = receive(world, "msg_2")
    assert (again.is_new, other.is_new) == (False, False)
    assert first.stored.request_id == again.stored.request_id == other.stored.request_id
    assert len(world.service_workflows.started) == 1


def test_a_service_for_an_unknown_account_is_refused_and_told(world: World) -> None:
    with pytest.raises(InvalidRequest) as refused:
        receive(world, account_id="nobody")
    assert refused.value.errors[0].code == "unknown_account"
    assert world.store.services == {}
    assert "There is no account nobody" in world.comments()[0]


# Admitted and granted


def test_a_new_account_whose_id_is_taken_is_refused(services: ServiceWorld) -> None:
    request_id = services.ask(ServiceKind.ADDITIONAL_ACCOUNT, new_account_id="globex")
    assert services.run(request_id)["output"]["code"] == "account_exists"
    assert services.store.approvals == {}, "nobody is asked about what cannot be had"
    assert services.store.accounts["globex"].organisation_id == "org-globex"


def test_an_id_that_is_taken_while_a_person_decides_is_refused(services: ServiceWorld) -> None:
    first = services.ask(ServiceKind.ADDITIONAL_ACCOUNT)
    second = services.ask(
        ServiceKind.ADDITIONAL_ACCOUNT, "msg_2", ticket=Ticket("standard", "4712")
    )
    for request_id in (first, second):
        admit_service(request_id, store=services.store, clock=services.clock)
        services.decide(services.approval(request_id))
    assert grant_service(first, store=services.store, clock=services.clock)["granted"]
    granted = grant_service(second, store=services.store, clock=services.clock)
    assert (granted["granted"], granted["code"]) == (False, "account_exists")


def test_nothing_that_costs_is_granted_without_a_yes(services: ServiceWorld) -> None:
    request_id = services.ask(ServiceKind.DEDICATED_IP)
    with pytest.raises(NotApproved):
        grant_service(request_id, store=services.store, clock=services.clock)
    admit_service(request_id, store=services.store, clock=services.clock)
    with pytest.raises(NotApproved):
        grant_service(request_id, store=services.store, clock=services.clock)
    services.decide(services.approval(request_id), ApprovalStatus.REFUSED)
    with pytest.raises(NotApproved):
        grant_service(request_id, store=services.store, clock=services.clock)
    assert services.store.standing(ACME).dedicated_ips == 0


def test_an_agent_asks_for_an_additional_account_in_its_own_name(services: ServiceWorld) -> None:
    request_id = services.ask(
        ServiceKind.ADDITIONAL_ACCOUNT, account_id="acme-shop", organisation_id="org-acme"
    )
    assert services.run(request_id)["end"] == "Provisioned"
    made = services.store.accounts["acme-shop"]
    assert (made.organisation_id, made.kind.value) == ("org-acme", "additional")


def test_an_entitlement_is_granted_with_a_name_and_a_reason(services: ServiceWorld) -> None:
    for _ in range(2):
        approval = grant_entitlement(
            ACME,
            Entitlement.DOMAIN_PACKS,
            2,
            "agent ada",
            "Goodwill.",
            "cli-1",
            store=services.store,
            workflows=World().workflows,
            clock=services.clock,
        )
    assert (approval.decided_by, approval.note) == ("agent ada", "Goodwill.")
    assert services.store.standing(ACME).domain_packs == 2


# Dedicated IPs


def record(services: ServiceWorld, pool: str = "dedicated") -> None:
    record_pool(
        "acme",
        pool,
        ("192.0.2.1",),
        store=services.store,
        workflows=services.workflows,
        tenancy=services.tenancy,
    )


def test_a_pool_is_recorded_only_where_one_is_waited_for_and_ses_has_it(
    services: ServiceWorld,
) -> None:
    with pytest.raises(UnknownPool):
        record(services)
    services.tenancy.pools.add("dedicated")
    with pytest.raises(NothingOrdered):
        record(services)
    request_id = services.ask(ServiceKind.DEDICATED_IP)
    services.step("OrderDedicatedIp", {"request_id": request_id, "task_token": "token-1"})
    record(services)
    assert services.service(request_id).pool == "dedicated"
    assert services.workflows.resumed == [("token-1", {"pool": "dedicated"})]


def test_a_pool_recorded_before_the_workflow_waits_lets_it_go_on_at_once(
    services: ServiceWorld,
) -> None:
    request_id = services.ask(ServiceKind.DEDICATED_IP)
    services.step("OrderDedicatedIp", {"request_id": request_id, "task_token": "token-1"})
    services.record_pool(request_id)
    services.step("OrderDedicatedIp", {"request_id": request_id, "task_token": "token-2"})
    assert services.workflows.resumed == [("token-2", {"pool": "dedicated"})]
    assert services.service(request_id).state is ServiceState.ORDERED


# Sending rate


def test_a_rate_that_is_in_force_asks_aws_for_nothing(services: ServiceWorld) -> None:
    services.rates.rate = 60.0
    request_id = services.ask(ServiceKind.SENDING_RATE)
    assert services.run(request_id)["end"] == "Provisioned"
    assert services.rates.increases == []


def test_an_increase_whose_answer_was_lost_is_the_one_waited_for(services: ServiceWorld) -> None:
    request_id = services.ask(ServiceKind.SENDING_RATE)
    lost = services.rates.request(50.0)
    step = services.step("RequestSendingRate", {"request_id": request_id})
    assert step["action"] == "wait"
    assert services.service(request_id).increase_id == lost.increase_id
    assert services.rates.increases == [lost]


def test_another_accounts_smaller_increase_is_waited_out(services: ServiceWorld) -> None:
    services.rates.request(20.0)
    request_id = services.ask(ServiceKind.SENDING_RATE)
    assert services.step("RequestSendingRate", {"request_id": request_id})["action"] == "wait"
    assert services.service(request_id).increase_id is None
    services.rates.decide(status=_approved())
    services.step("RequestSendingRate", {"request_id": request_id})
    assert [increase.desired for increase in services.rates.increases] == [20.0, 50.0]


def _approved() -> Any:
    from onboarding.domain.sending_rate import IncreaseStatus

    return IncreaseStatus.APPROVED


# Shown


def test_an_account_shows_what_it_uses_may_have_and_costs(services: ServiceWorld) -> None:
    services.tenancy.pools.add("dedicated")
    services.with_domains("news.example.com")
    services.run(services.ask(ServiceKind.DEDICATED_IP, quantity=2))
    waiting = services.ask(ServiceKind.ASP, "msg_2")
    admit_service(waiting, store=services.store, clock=services.clock)
    shown = show_account("acme", store=services.store, flags=MemoryFlags())
    assert shown is not None
    assert shown["domains"]["allowed"] == 10
    assert shown["domains"]["by_state"] == {"verified": 1}
    assert shown["allowances"]["dedicated_ips"] == 2
    assert shown["cost"]["a_year"] == 3000.0
    assert shown["cost"]["beside"] == "maintenance"
    assert (shown["tenant"], shown["configuration_set"]) == ("acme", "acme")
    assert shown["dedicated_ip_pool"] == "dedicated"
    assert shown["flags"] == 0
    states = {service["service"]: service["state"] for service in shown["services"]}
    assert states == {"dedicated_ip": "active", "asp": "awaiting_approval"}
    json.dumps(shown)


def test_an_override_of_the_organisation_changes_what_an_account_may_have(
    services: ServiceWorld,
) -> None:
    override = {"accounts": {"basic": {"domains": 25}}}
    services.store.put_organisation(Organisation("org-acme", override=override))
    shown = show_account("acme", store=services.store, flags=MemoryFlags())
    assert shown is not None
    assert shown["domains"]["allowed"] == 25


def test_an_unknown_account_is_shown_as_none(services: ServiceWorld) -> None:
    assert show_account("nobody", store=services.store, flags=MemoryFlags()) is None


# The representative's list


def standing(services: ServiceWorld) -> dict[str, bool]:
    found = setup_account("acme", store=services.store, identities=services.identities)
    return {standing.item.value: standing.done for standing in found}


def test_the_sheet_is_handed_out_once_the_account_is_provisioned(services: ServiceWorld) -> None:
    assert hand_out_sheet("acme", "eu-west-1", store=services.store) is None
    services.run(services.ask())
    assert not standing(services)["delivery_provider"]
    sheet = hand_out_sheet("acme", "eu-west-1", store=services.store)
    assert sheet is not None
    assert sheet.headers == {"X-SES-CONFIGURATION-SET": "acme", "X-SES-TENANT": "acme"}
    assert standing(services)["delivery_provider"]
    changed = services.store.provisioned("acme")
    services.store.save_provisioned(Provisioned("acme", "acme", "other", version=changed.version))
    assert not standing(services)["delivery_provider"]


@pytest.mark.parametrize("verified", [True, False])
def test_a_sender_address_is_proved_by_what_ses_says_now(
    services: ServiceWorld, verified: bool
) -> None:
    services.with_domains("news.example.com")
    assert services.domain("news.example.com").state is State.VERIFIED
    services.identities.change(
        "news.example.com", dkim_status=IdentityStatus.SUCCESS, verified_for_sending=verified
    )
    assert standing(services)["sender_address"] is verified


def test_a_domain_of_another_account_proves_nothing(services: ServiceWorld) -> None:
    services.with_domains("shop.globex.com", account_id="globex")
    services.identities.change("shop.globex.com", verified_for_sending=True)
    assert not standing(services)["sender_address"]


def test_the_last_review_counts(services: ServiceWorld) -> None:
    for passed in (True, False, True):
        record_review("acme", "digest", passed=passed, store=services.store, clock=services.clock)
        assert standing(services)["easy_unsubscribe"] is passed


def test_a_step_is_ticked_with_a_note_and_a_name(services: ServiceWorld) -> None:
    told = {"store": services.store, "clock": services.clock}
    tick_item("acme", SetupItem.NEW_SENDER, "agent ada", "Added in Circle.", **told)
    assert standing(services)["new_sender"]
    assert services.store.setup_list("acme").ticks[SetupItem.NEW_SENDER].at == NOW
    with pytest.raises(CannotBeTicked):
        tick_item("acme", SetupItem.SENDER_ADDRESS, "agent ada", "Trust me.", **told)
