"""The workflow ``provision_account``: its ends, and what a death at any step leaves behind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.onboarding import AccountKind
from onboarding.domain.provisioning import EventDestination, Isolation
from onboarding.domain.sending_rate import IncreaseStatus
from onboarding.domain.service import ServiceKind, ServiceState
from onboarding.usecases.complete_service import complete_service
from tests.support.machine import Killed
from tests.support.service_world import TOPIC, ServiceWorld


@pytest.fixture
def world() -> ServiceWorld:
    world = ServiceWorld()
    world.with_domains("news.example.com", "shop.example.com")
    world.tenancy.pools.add("dedicated")
    return world


def test_an_account_is_provisioned_with_all_that_isolates_it(world: ServiceWorld) -> None:
    request_id = world.ask()
    assert world.run(request_id)["end"] == "Provisioned"
    assert world.tenancy.tenants == {"acme": Isolation("acme", "acme", own_suppression=True)}
    assert world.tenancy.sets == {"acme": Isolation("acme", "acme", own_suppression=True)}
    assert world.tenancy.destinations == {("acme", "feedback"): EventDestination(TOPIC)}
    assert world.tenancy.associations == {("acme", "acme")}
    assert world.identities.tenants == {
        "news.example.com": ("acme", "acme"),
        "shop.example.com": ("acme", "acme"),
    }
    assert world.store.provisioned("acme").is_isolated
    assert world.service(request_id).state is ServiceState.ACTIVE
    assert world.comments() == [
        "Account acme is provisioned: it has a tenant and a configuration set of its own. What is "
        "to be set up next: `xes account setup acme`."
    ]


def test_an_additional_account_is_made_once_a_person_has_approved_its_price(
    world: ServiceWorld,
) -> None:
    request_id = world.ask(ServiceKind.ADDITIONAL_ACCOUNT)
    assert world.step("AdmitService", {"request_id": request_id})["decision"] == "ask"
    assert world.service(request_id).state is ServiceState.AWAITING_APPROVAL
    assert str(world.approval(request_id).price) == "200 USD a year, in addition to maintenance"
    assert "acme-shop" not in world.store.accounts
    assert world.run(request_id)["end"] == "Provisioned"
    made = world.store.accounts["acme-shop"]
    assert (made.organisation_id, made.kind) == ("org-acme", AccountKind.ADDITIONAL)
    assert made.contact_email == "shop@acme.example"
    assert list(world.tenancy.tenants) == ["acme-shop"]
    assert world.identities.tenants == {}


def test_a_refused_price_makes_nothing_and_the_ticket_is_told(world: ServiceWorld) -> None:
    request_id = world.ask(ServiceKind.ADDITIONAL_ACCOUNT)
    world.step("AdmitService", {"request_id": request_id})
    world.decide(world.approval(request_id), ApprovalStatus.REFUSED)
    assert world.run(request_id)["end"] == "ServiceRefused"
    assert world.service(request_id).state is ServiceState.REFUSED
    assert "acme-shop" not in world.store.accounts
    assert world.tenancy.calls == []
    assert "was refused by agent ada" in world.comments()[-1]


def test_a_dedicated_ip_waits_for_approval_then_for_aws_and_is_attached(
    world: ServiceWorld,
) -> None:
    request_id = world.ask(ServiceKind.DEDICATED_IP, quantity=2)
    machine = world.machine(request_id)
    end = machine.execute({"request_id": request_id, "account_id": "acme"})
    assert end["end"] == "Provisioned"
    assert machine.entered.index("RequestApproval") < machine.entered.index("OrderDedicatedIp")
    assert str(world.approval(request_id).price) == "3000 USD a year, in addition to maintenance"
    assert "sends 40 e-mails a second" in world.approval(request_id).reason
    assert "no minimum of e-mails" in world.approval(request_id).reason
    assert world.tenancy.sets["acme"].pool == "dedicated"
    assert world.store.provisioned("acme").dedicated_ips == ("192.0.2.1",)
    assert world.store.standing(world.store.accounts["acme"]).dedicated_ips == 2


def test_a_pool_that_ses_does_not_know_is_told_and_another_one_waited_for(
    world: ServiceWorld,
) -> None:
    request_id = world.ask(ServiceKind.DEDICATED_IP)
    machine = world.machine(request_id)
    misspelt = iter(["dedicatd"])
    record = world.record_pool
    world.record_pool = lambda found, pool="dedicated": record(found, next(misspelt, pool))  # type: ignore[method-assign]
    machine.execute({"request_id": request_id, "account_id": "acme"})
    assert machine.entered.count("OrderDedicatedIp") == 2
    assert any("no dedicated IP pool dedicatd" in comment for comment in world.comments())
    assert world.tenancy.sets["acme"].pool == "dedicated"


def test_a_sending_rate_is_asked_for_once_and_waits_for_aws(world: ServiceWorld) -> None:
    request_id = world.ask(ServiceKind.SENDING_RATE)
    machine = world.machine(request_id)
    decided = iter([None, None, IncreaseStatus.APPROVED])
    wait = machine._on_wait

    def aws(seconds: float) -> None:
        wait(seconds)
        status = next(decided, None)
        if status is not None:
            world.rates.decide(status)

    machine._on_wait = aws
    end = machine.execute({"request_id": request_id, "account_id": "acme"})
    assert end["end"] == "Provisioned"
    assert machine.entered.count("RequestSendingRate") == 4
    assert [increase.desired for increase in world.rates.increases] == [50.0]
    assert world.store.provisioned("acme").sending_rate == 50.0
    assert "pending AWS's approval" in world.comments()[0]
    assert "may send 50 e-mails a second: AWS has approved" in world.comments()[-1]


def test_a_rate_that_aws_denies_or_never_decides_on_ends_as_refused(world: ServiceWorld) -> None:
    denied = world.ask(ServiceKind.SENDING_RATE)
    world.step("RequestSendingRate", {"request_id": denied})
    world.rates.decide(IncreaseStatus.DENIED)
    assert world.run(denied)["output"]["code"] == "denied_by_aws"
    undecided = world.ask(ServiceKind.SENDING_RATE, delivery="msg_2")
    assert undecided != denied
    assert world.run(undecided)["output"]["code"] == "undecided_by_aws"
    assert world.clock.now() - world.service(undecided).received_at >= timedelta(days=30)


def test_a_rate_taken_up_again_after_a_fault_has_all_its_patience(world: ServiceWorld) -> None:
    request_id = world.ask(ServiceKind.SENDING_RATE)
    world.step("FailService", {"request_id": request_id, "error": "E", "cause": "c"})
    world.clock.advance(timedelta(days=60))
    assert world.ask(ServiceKind.SENDING_RATE, delivery="msg_2") == request_id
    assert world.step("RequestSendingRate", {"request_id": request_id})["action"] == "wait"


def test_the_worst_month_at_aws_stays_cheap(world: ServiceWorld) -> None:
    request_id = world.ask(ServiceKind.SENDING_RATE)
    machine = world.machine(request_id)
    machine.execute({"request_id": request_id, "account_id": "acme"})
    assert machine.entered[-1] == "ServiceRefused"
    assert machine.entered.count("RequestSendingRate") <= 200
    assert len(machine.entered) <= 600


@pytest.mark.parametrize("service", [ServiceKind.DOMAIN_PACK, ServiceKind.ASP])
def test_a_pack_is_granted_once_approved_and_needs_nothing_at_ses(
    world: ServiceWorld, service: ServiceKind
) -> None:
    request_id = world.ask(service, quantity=2)
    assert world.run(request_id)["end"] == "Provisioned"
    standing = world.store.standing(world.store.accounts["acme"])
    assert (standing.domain_packs, standing.asp) == ((2, 0) if service == "domain_pack" else (0, 2))
    assert "20 more" in world.approval(request_id).reason
    assert world.tenancy.calls == []


def test_a_destination_that_differs_is_set_right(world: ServiceWorld) -> None:
    world.tenancy.create_configuration_set("acme", "acme")
    other = EventDestination("arn:aws:sns:eu-west-1:000000000000:old", frozenset({"SEND"}))
    world.tenancy.create_event_destination("acme", "feedback", other)
    assert world.run(world.ask())["end"] == "Provisioned"
    assert world.tenancy.destinations == {("acme", "feedback"): EventDestination(TOPIC)}


def test_a_name_that_ses_holds_for_somebody_else_fails_and_an_operator_looks(
    world: ServiceWorld,
) -> None:
    world.tenancy.create_tenant("acme", "globex")
    request_id = world.ask()
    assert world.run(request_id)["end"] == "ProvisioningFailed"
    assert world.service(request_id).state is ServiceState.FAILED
    assert "tenant_of_somebody_else" in world.service(request_id).why
    assert world.tenancy.tenants["acme"].account_id == "globex"
    assert world.store.provisioned("acme").tenant is None


@pytest.mark.parametrize("service", list(ServiceKind))
def test_killed_behind_any_step_and_run_again_nothing_is_there_twice(
    service: ServiceKind,
) -> None:
    def world() -> ServiceWorld:
        made = ServiceWorld()
        made.with_domains("news.example.com", "shop.example.com")
        made.tenancy.pools.add("dedicated")
        made.rates.rate = 14.0
        return made

    undisturbed = world()
    request_id = undisturbed.ask(service)
    machine = undisturbed.machine(request_id)
    given = {
        "request_id": request_id,
        "account_id": undisturbed.service(request_id).request.subject,
    }
    end = machine.execute(given)
    steps = min(len(machine.tasks), 20)
    assert steps >= 3
    for killed_after in range(1, steps):
        disturbed = world()
        assert disturbed.ask(service) == request_id
        with pytest.raises(Killed):
            disturbed.run(request_id, kill_after=killed_after)
        assert disturbed.run(request_id) == end
        assert disturbed.effects() == undisturbed.effects()


def test_a_lost_workflow_is_taken_up_and_one_that_runs_is_left_alone(world: ServiceWorld) -> None:
    request_id = world.ask()
    [name] = world.workflows.started
    world.clock.advance(timedelta(minutes=3))
    assert world.recover() == 0
    world.workflows.running.clear()  # stopped from outside
    assert world.recover() == 1
    assert world.workflows.started == [name, name.removesuffix("_1") + "_2"]
    assert world.run(request_id)["end"] == "Provisioned"
    world.workflows.running.clear()
    assert world.recover() == 0


def test_an_end_that_its_ticket_was_not_told_of_is_none(
    world: ServiceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = world.ask()
    comment = world.store.comment

    def die(*_: Any, **__: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(world.store, "comment", die)
    with pytest.raises(ConnectionError):
        complete_service(request_id, store=world.store, clock=world.clock)
    assert not world.store.services[request_id].has_ended
    monkeypatch.setattr(world.store, "comment", comment)
    for _ in range(2):
        complete_service(request_id, store=world.store, clock=world.clock)
    assert world.store.services[request_id].state is ServiceState.ACTIVE
    assert [key for _, key in world.store.comments].count(f"service-active-{request_id}") == 1


def test_what_was_kept_and_never_started_is_started(world: ServiceWorld) -> None:
    world.workflows.failures = [ConnectionError("Step Functions is away")]
    with pytest.raises(ConnectionError):
        world.ask()
    assert world.recover() == 0, "somebody may be starting it right now"
    world.clock.advance(timedelta(minutes=3))
    assert world.recover() == 1
    assert world.recover() == 0


def test_a_failed_service_asked_for_again_keeps_what_was_approved(world: ServiceWorld) -> None:
    request_id = world.ask(ServiceKind.DEDICATED_IP)
    world.tenancy.create_tenant("acme", "globex")
    assert world.run(request_id)["end"] == "ProvisioningFailed"
    world.tenancy.tenants.clear()
    assert world.ask(ServiceKind.DEDICATED_IP, delivery="msg_2") == request_id
    assert len(world.workflows.started) == 2
    assert world.run(request_id)["end"] == "Provisioned"
    assert len(world.store.approvals) == 1
    assert world.store.standing(world.store.accounts["acme"]).dedicated_ips == 1


def test_many_executions_at_once_leave_one_of_each(world: ServiceWorld) -> None:
    request_id = world.ask()
    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(lambda _: world.run(request_id)["end"], range(8)))
    assert set(ends) == {"Provisioned"}
    made = [call for call in world.tenancy.calls if call[0] == "create_tenant"]
    assert len(made) == 8
    assert list(world.tenancy.tenants) == ["acme"]
    assert list(world.tenancy.destinations) == [("acme", "feedback")]
    assert len(world.comments()) == 1
