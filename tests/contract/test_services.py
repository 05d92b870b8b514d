"""The ports ``ServiceStore`` and ``ServiceWorkflows``: in memory, and on DynamoDB and Step
Functions."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import Stubber

from onboarding.adapters.dynamodb.setups import DynamoDbSetups
from onboarding.adapters.memory_services import MemoryServices, MemoryServiceWorkflows
from onboarding.adapters.service_workflows import StepFunctionsServices
from onboarding.domain.delivery import Delivery
from onboarding.domain.onboarding import Account, AccountKind
from onboarding.domain.provisioning import Provisioned
from onboarding.domain.service import (
    AcceptedService,
    ServiceKind,
    ServiceRequest,
    ServiceState,
    StoredService,
)
from onboarding.domain.setup_list import Review, SetupItem, SetupList, Tick
from onboarding.port_errors import ConcurrentChange, DeliveryReused
from tests.contract.test_stores import race_after_reading
from tests.support.aws_doubles import REGION, create_table, emulated
from tests.support.service_world import a_service
from tests.support.values import ACME, NOW

Store = MemoryServices | DynamoDbSetups
_names = (f"services-{number}" for number in itertools.count())
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulated("dynamodb") as client:
        yield client


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryServices()
    client, table = request.getfixturevalue("dynamodb"), next(_names)
    create_table(client, table)
    return DynamoDbSetups(client, table)


def accept(
    store: Store, number: int = 1, request: ServiceRequest | None = None, sha: str = "sha"
) -> AcceptedService:
    """Request ``req_<number>``, brought by ``msg_<number>``."""
    delivery = Delivery("standard", f"msg_{number}", sha)
    return store.accept_service(request or a_service(), delivery, f"req_{number}", NOW)


@pytest.mark.parametrize("kind", list(ServiceKind))
def test_an_accepted_service_is_kept_as_it_came(store: Store, kind: ServiceKind) -> None:
    accepted = accept(store, request=a_service(kind, quantity=3, organisation_id="org-acme"))
    assert accepted.is_new
    assert accepted.stored.state is ServiceState.REQUESTED
    assert store.service("req_1") == accepted.stored
    assert list(store.open_services()) == [accepted.stored]


def test_a_service_that_was_never_asked_for_is_none(store: Store) -> None:
    assert store.service("req_9") is None


def test_a_repeated_delivery_gives_the_service_that_is_there(store: Store) -> None:
    first = accept(store)
    assert accept(store) == AcceptedService(first.stored, is_new=False)
    with pytest.raises(DeliveryReused):
        accept(store, sha="another")


def test_the_same_wish_of_a_ticket_is_one_service_until_it_is_refused(store: Store) -> None:
    first = accept(store).stored
    assert accept(store, 2) == AcceptedService(first, is_new=False)
    failed = store.save_service(first.become(ServiceState.FAILED, NOW, "A fault."))
    assert accept(store, 3) == AcceptedService(failed, is_new=False)
    store.save_service(failed.again(NOW).become(ServiceState.REFUSED, NOW, "No."))
    again = accept(store, 4)
    assert (again.is_new, again.stored.request_id) == (True, "req_4")
    active = store.save_service(again.stored.become(ServiceState.ACTIVE, NOW, "There."))
    assert accept(store, 5) == AcceptedService(active, is_new=False)


def test_other_wishes_of_a_ticket_are_services_of_their_own(store: Store) -> None:
    accept(store)
    assert accept(store, 2, a_service(ServiceKind.ASP)).is_new
    assert accept(store, 3, a_service(account_id="acme-eu")).is_new


@pytest.mark.parametrize("sort", ["SERVICE#", "DELIVERY"])
def test_a_service_that_comes_between_the_read_and_the_write_is_the_one(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    table = next(_names)
    create_table(dynamodb, table)
    store = DynamoDbSetups(dynamodb, table)
    race_after_reading(store, monkeypatch, sort, lambda: accept(store, 2))
    accepted = accept(store, 1)
    assert (accepted.is_new, accepted.stored.request_id) == (False, "req_2")
    assert store.service("req_1") is None


def test_the_services_of_an_account_are_those_for_it(store: Store) -> None:
    provisioning = accept(store).stored
    additional = accept(store, 2, a_service(ServiceKind.ADDITIONAL_ACCOUNT)).stored
    assert store.services_of("acme") == (provisioning,)
    assert store.services_of("acme-shop") == (additional,)
    assert store.services_of("globex") == ()


def test_a_service_is_written_only_over_what_was_read(store: Store) -> None:
    seen = accept(store).stored
    changed = replace(
        seen,
        pool="dedicated",
        dedicated_ips=("192.0.2.1",),
        increase_id="increase-1",
        task_token="token",
    )
    saved = store.save_service(changed.become(ServiceState.ORDERED, LATER, "Ordered."))
    assert store.service("req_1") == saved
    assert (saved.pool, saved.since, saved.version) == ("dedicated", LATER, seen.version + 1)
    with pytest.raises(ConcurrentChange):
        store.save_service(seen)


@pytest.mark.parametrize("end", [ServiceState.ACTIVE, ServiceState.REFUSED, ServiceState.FAILED])
def test_what_has_ended_is_listed_no_more_until_it_is_open_again(
    store: Store, end: ServiceState
) -> None:
    ended = store.save_service(accept(store).stored.become(end, NOW, "It ended."))
    assert list(store.open_services()) == []
    opened = store.save_service(ended.again(LATER))
    assert list(store.open_services()) == [opened]
    assert opened.attempt == 2


def test_an_account_is_made_once_and_for_one_request(store: Store) -> None:
    new = Account("acme-shop", "org-acme", "shop@acme.example", kind=AccountKind.ADDITIONAL)
    assert store.create_account(new, "req_1") is True
    assert store.create_account(new, "req_1") is True
    assert store.create_account(replace(new, organisation_id="org-other"), "req_2") is False
    assert store.account("acme-shop") == new
    assert store.account_origin("acme-shop") == "req_1"


def test_an_account_that_nobody_asked_for_has_no_origin(store: Store) -> None:
    store.put_account(ACME)
    assert store.account_origin("acme") is None
    assert store.create_account(ACME, "req_1") is False


def test_what_an_account_has_is_written_only_over_what_was_read(store: Store) -> None:
    nothing = store.provisioned("acme")
    assert nothing == Provisioned("acme")
    full = replace(
        nothing,
        tenant="acme",
        configuration_set="acme",
        pool="dedicated",
        dedicated_ips=("192.0.2.1",),
        sending_rate=50.0,
    )
    saved = store.save_provisioned(full)
    assert store.provisioned("acme") == saved == replace(full, version=1)
    with pytest.raises(ConcurrentChange):
        store.save_provisioned(full)
    assert store.save_provisioned(replace(saved, pool=None)).version == 2


def test_a_setup_list_is_written_only_over_what_was_read(store: Store) -> None:
    empty = store.setup_list("acme")
    assert empty == SetupList("acme", {})
    full = replace(
        empty.with_tick(SetupItem.SERVER_CONTROL, Tick(NOW, "ada", "Seen.")),
        sheet="digest",
        review=Review(NOW, passed=True, message="digest"),
    )
    saved = store.save_setup_list(full)
    assert store.setup_list("acme") == saved == replace(full, version=1)
    with pytest.raises(ConcurrentChange):
        store.save_setup_list(full)


# Workflows

ARN = f"arn:aws:states:{REGION}:123456789012:stateMachine:provision"
STORED = StoredService("req_1", a_service(), NOW, NOW)


def stubbed() -> tuple[StepFunctionsServices, Stubber]:
    client: Any = Session().create_client(
        "stepfunctions",
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return StepFunctionsServices(client, ARN), Stubber(client)


def test_an_attempt_is_started_once() -> None:
    memory = MemoryServiceWorkflows()
    assert (memory.start(STORED), memory.start(STORED)) == (True, False)

    workflows, stub = stubbed()
    wanted = {
        "stateMachineArn": ARN,
        "name": "provisioning-acme_1_1",
        "input": json.dumps({"request_id": "req_1", "account_id": "acme"}),
    }
    stub.add_response("start_execution", {"executionArn": f"{ARN}:1", "startDate": NOW}, wanted)
    stub.add_client_error("start_execution", "ExecutionAlreadyExists", expected_params=wanted)
    with stub:
        assert (workflows.start(STORED), workflows.start(STORED)) == (True, False)


@pytest.mark.parametrize(
    ("status", "expected"), [("RUNNING", True), ("ABORTED", False), ("SUCCEEDED", False)]
)
def test_an_attempt_runs_or_not(status: str, expected: bool) -> None:
    workflows, stub = stubbed()
    execution = f"arn:aws:states:{REGION}:123456789012:execution:provision:provisioning-acme_1_1"
    described = {
        "executionArn": execution,
        "stateMachineArn": ARN,
        "status": status,
        "startDate": NOW,
    }
    stub.add_response("describe_execution", described, {"executionArn": execution})
    stub.add_client_error("describe_execution", "ExecutionDoesNotExist")
    with stub:
        assert workflows.is_running(STORED) is expected
        assert workflows.is_running(STORED) is None


def running_in_memory(change: Callable[[MemoryServiceWorkflows], Any]) -> bool | None:
    memory = MemoryServiceWorkflows()
    change(memory)
    return memory.is_running(STORED)


def test_the_double_answers_alike() -> None:
    assert running_in_memory(lambda memory: None) is None
    assert running_in_memory(lambda memory: memory.start(STORED)) is True
    assert running_in_memory(lambda memory: (memory.start(STORED), memory.running.clear())) is False
