"""Step Functions as the port ``Workflows``."""

import json
from collections.abc import Mapping
from typing import Any

from onboarding.domain.onboarding import StoredRequest


class StateMachine:
    """A state machine whose tasks may wait for somebody by a token."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def resume(self, token: str, output: Mapping[str, Any]) -> bool:
        gone = self._client.exceptions
        try:
            self._client.send_task_success(taskToken=token, output=json.dumps(output))
        except (gone.TaskTimedOut, gone.TaskDoesNotExist, gone.InvalidToken):
            return False
        return True


class StepFunctionsWorkflows(StateMachine):
    """Implements ``Workflows``: starts ``onboard_domain``."""

    def start(self, stored: StoredRequest) -> bool:
        try:
            self._client.start_execution(
                stateMachineArn=self._arn,
                name=stored.execution_name,
                input=json.dumps(
                    {"request_id": stored.request_id, "domain": stored.request.domain}
                ),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True
