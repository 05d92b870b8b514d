"""The port ``Workflows``: in memory, and on Step Functions as botocore describes it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.stub import Stubber

from onboarding.adapters.memory import MemoryWorkflows
from onboarding.adapters.workflows import StepFunctionsWorkflows
from onboarding.domain.onboarding import StoredRequest
from tests.support.aws_doubles import REGION
from tests.support.values import NOW, a_request

ARN = f"arn:aws:states:{REGION}:123456789012:stateMachine:onboard-domain"
STORED = StoredRequest("req_1", a_request(), NOW)
VERDICT = {"decision": "given", "reason": "Approved by Zoë."}


def stubbed() -> tuple[StepFunctionsWorkflows, Stubber]:
    client: Any = Session().create_client(
        "stepfunctions",
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return StepFunctionsWorkflows(client, ARN), Stubber(client)


def test_an_onboarding_is_started_once() -> None:
    memory = MemoryWorkflows()
    assert (memory.start(STORED), memory.start(STORED)) == (True, False)

    workflows, stub = stubbed()
    wanted = {
        "stateMachineArn": ARN,
        "name": STORED.execution_name,
        "input": json.dumps({"request_id": "req_1", "domain": "news.example.com"}),
    }
    stub.add_response("start_execution", {"executionArn": f"{ARN}:1", "startDate": NOW}, wanted)
    stub.add_client_error("start_execution", "ExecutionAlreadyExists", expected_params=wanted)
    with stub:
        assert (workflows.start(STORED), workflows.start(STORED)) == (True, False)


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
