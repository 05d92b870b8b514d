"""Step Functions as the port ``ServiceWorkflows``."""

import json

from onboarding.adapters.workflows import StateMachine
from onboarding.domain.service import StoredService


class StepFunctionsServices(StateMachine):
    """Implements ``ServiceWorkflows``: starts ``provision_account``."""

    def start(self, stored: StoredService) -> bool:
        try:
            self._client.start_execution(
                stateMachineArn=self._arn,
                name=stored.execution_name,
                input=json.dumps(
                    {"request_id": stored.request_id, "account_id": stored.request.subject}
                ),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def is_running(self, stored: StoredService) -> bool | None:
        # An execution's ARN is its machine's, with its own name behind.
        prefix = self._arn.replace(":stateMachine:", ":execution:", 1)
        try:
            found = self._client.describe_execution(
                executionArn=f"{prefix}:{stored.execution_name}"
            )
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        return bool(found["status"] == "RUNNING")
