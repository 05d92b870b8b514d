"""Step Functions as the port ``Workflows``."""

import json
from collections.abc import Mapping
from typing import Any

from onboarding.domain.onboarding import StoredRequest


class StepFunctionsWorkflows:
    """Starts the state machine ``onboard_domain``."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

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

    def resume(self, token: str, output: Mapping[str, Any]) -> bool:
        gone = self._client.exceptions
        try:
            self._client.send_task_success(taskToken=token, output=json.dumps(output))
        except (gone.TaskTimedOut, gone.TaskDoesNotExist, gone.InvalidToken):
            return False
        return True
