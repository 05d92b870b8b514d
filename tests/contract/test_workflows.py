"""The port ``Workflows``: in memory, and on Step Functions with the machines of the template."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.stub import Stubber

from onboarding.adapters.memory import MemoryWorkflows
from onboarding.adapters.workflows import StepFunctionsWorkflows
from onboarding.domain.onboarding import StoredRequest
from onboarding.domain.request import OnboardingRequest, Ticket
from onboarding.ports import Workflows
from tests.support.address_world import ADDRESS, an_address_request
from tests.support.aws_doubles import REGION, emulated
from tests.support.values import NOW, a_request

_tickets = (Ticket("standard", str(number)) for number in itertools.count())


def stored(request: OnboardingRequest, attempt: int = 1) -> StoredRequest:
    return StoredRequest("req_1", request, NOW, attempt)


@pytest.fixture(scope="module")
def step_functions() -> Iterator[Any]:
    with emulated("stepfunctions") as client:
        yield client


@pytest.fixture(scope="module")
def machines(step_functions: Any) -> dict[str, str]:
    """The ARNs of two machines that end at once."""
    definition = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    role = "arn:aws:iam::123456789012:role/machine"
    return {
        name: step_functions.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=role
        )["stateMachineArn"]
        for name in ("onboard_domain", "onboard_address")
    }


@dataclass
class Subject:
    """The port, and the names of what was started."""

    workflows: Workflows
    started: Callable[[], list[str]]


def _on_step_functions(client: Any, machines: dict[str, str]) -> Subject:
    def started() -> list[str]:
        answers = [client.list_executions(stateMachineArn=arn) for arn in machines.values()]
        return [found["name"] for answer in answers for found in answer["executions"]]

    machine, of_addresses = machines["onboard_domain"], machines["onboard_address"]
    return Subject(
        StepFunctionsWorkflows(client, machine, address_machine_arn=of_addresses), started
    )


@pytest.fixture(params=["memory", "step_functions"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        workflows = MemoryWorkflows()
        return Subject(workflows, lambda: workflows.started)
    client = request.getfixturevalue("step_functions")
    return _on_step_functions(client, request.getfixturevalue("machines"))


@pytest.mark.parametrize("make", [a_request, an_address_request])
def test_a_start_is_one_start_however_often_it_is_asked_for(subject: Subject, make: Any) -> None:
    """While it runs, Step Functions answers a repeat as it did the first; later it refuses it."""
    wish = make(ticket=next(_tickets))
    assert subject.workflows.start(stored(wish))
    subject.workflows.start(stored(wish))
    assert subject.started().count(stored(wish).execution_name) == 1
    assert subject.workflows.start(stored(wish, attempt=2))
    assert stored(wish, attempt=2).execution_name in subject.started()


def test_a_ticket_may_have_a_domain_and_addresses_of_it_started(subject: Subject) -> None:
    ticket = next(_tickets)
    wishes = [an_address_request(ticket=ticket, address=a) for a in (ADDRESS, "b@x.example", None)]
    assert [subject.workflows.start(stored(wish)) for wish in wishes] == [True] * 3
    assert {stored(wish).execution_name for wish in wishes} <= set(subject.started())


# What only Step Functions has


@pytest.mark.parametrize(
    ("make", "machine", "given"),
    [
        (a_request, "onboard_domain", {"request_id": "req_1", "domain": "news.example.com"}),
        (an_address_request, "onboard_address", {"request_id": "req_1"}),
    ],
)
def test_each_machine_is_given_what_may_be_logged(
    step_functions: Any, machines: dict[str, str], make: Any, machine: str, given: dict[str, str]
) -> None:
    workflows = StepFunctionsWorkflows(
        step_functions, machines["onboard_domain"], address_machine_arn=machines["onboard_address"]
    )
    wish = stored(make(ticket=next(_tickets)))
    workflows.start(wish)
    arn = f"{machines[machine].replace(':stateMachine:', ':execution:')}:{wish.execution_name}"
    started = step_functions.describe_execution(executionArn=arn)
    assert json.loads(started["input"]) == given
    assert "News" not in started["name"]


VERDICT = {"decision": "given", "reason": "Approved by Zoë."}


def stubbed() -> tuple[StepFunctionsWorkflows, Stubber]:
    client: Any = Session().create_client(
        "stepfunctions",
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return StepFunctionsWorkflows(client), Stubber(client)


def test_a_task_that_waits_goes_on_once() -> None:
    memory = MemoryWorkflows(waiting={"token-1"})
    assert (memory.resume("token-1", VERDICT), memory.resume("token-1", VERDICT)) == (True, False)
    assert memory.resumed == [("token-1", VERDICT)]

    workflows, stub = stubbed()
    wanted = {"taskToken": "token-1", "output": json.dumps(VERDICT)}
    stub.add_response("send_task_success", {}, wanted)
    for gone in ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"):
        stub.add_client_error("send_task_success", gone, expected_params=wanted)
    with stub:
        assert [workflows.resume("token-1", VERDICT) for _ in range(4)] == [True, *[False] * 3]


def test_a_fault_of_step_functions_is_no_answer() -> None:
    workflows, stub = stubbed()
    stub.add_client_error("send_task_success", "ThrottlingException")
    with stub, pytest.raises(ClientError, match="Throttling"):
        workflows.resume("token-1", VERDICT)
