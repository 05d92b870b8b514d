"""Step Functions as the port ``ServiceWorkflows``."""

from onboarding.adapters.workflows import StateMachine
from onboarding.domain.service import StoredService


class StepFunctionsServices(StateMachine):
    """Implements ``ServiceWorkflows``: starts ``provision_account``."""

    def start(self, stored: StoredService) -> bool:
        wanted = {"request_id": stored.request_id, "account_id": stored.request.subject}
        return self._start(self._arn, stored.execution_name, wanted)

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
