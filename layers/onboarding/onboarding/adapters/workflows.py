"""Step Functions as the port ``Workflows``."""

import json
from typing import Any

from onboarding.domain.onboarding import StoredRequest


class StepFunctionsWorkflows:
    """Starts the state machines ``onboard_domain`` and ``onboard_address``."""

    def __init__(self, client: Any, state_machine_arn: str, address_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn
        self._address_arn = address_machine_arn

    def start(self, stored: StoredRequest) -> bool:
        given = {"request_id": stored.request_id}
        if stored.request.address is None:
            given["domain"] = stored.request.domain
        try:
            self._client.start_execution(
                stateMachineArn=self._address_arn if stored.request.address else self._arn,
                name=stored.execution_name,
                # Inputs are logged: the request's id stands for an address.
                input=json.dumps(given),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True
