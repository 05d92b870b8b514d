"""Which deployment a command works on, and what it says where there is none."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from xes.stack import StackNotFound, connect


class CloudFormation:
    """Holds one stack, of another system."""

    def describe_stacks(self, StackName: str) -> Any:  # noqa: N803 - the SDK's own
        if StackName != "billing":
            error = {"Code": "ValidationError", "Message": f"{StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        return {"Stacks": [{"Outputs": [{"OutputKey": "ApiUrl", "OutputValue": "https://b"}]}]}


@pytest.fixture(autouse=True)
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xes.stack.client", lambda service: CloudFormation())
    monkeypatch.setattr("xes.stack.read_world", lambda: None)


def test_a_stack_that_is_not_there_is_named_with_the_ways_to_get_one() -> None:
    with pytest.raises(StackNotFound, match=r"There is no stack nowhere: .*make deploy"):
        connect("nowhere")


def test_another_systems_stack_is_told_apart() -> None:
    with pytest.raises(StackNotFound, match=r"The stack billing has no output 'TableName'"):
        connect("billing")
