"""Step Functions as the port ``Workflows``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onboarding.domain.onboarding import SendingDomain, StoredRequest
    from onboarding.domain.request import Ticket


class StateMachine:
    """A state machine whose tasks may wait for somebody by a token."""

    def __init__(self, client: Any, state_machine_arn: str = "") -> None:
        self._client = client
        self._arn = state_machine_arn

    def resume(self, token: str, output: Mapping[str, Any]) -> bool:
        gone = self._client.exceptions
        try:
            self._client.send_task_success(taskToken=token, output=json.dumps(output))
        except (gone.TaskTimedOut, gone.TaskDoesNotExist, gone.InvalidToken):
            return False
        return True

    def _is_running(self, arn: str, name: str) -> bool | None:
        """Whether the machine's execution ``name`` runs; none where it never did."""
        # An execution's ARN is its machine's, with its own name behind.
        prefix = arn.replace(":stateMachine:", ":execution:", 1)
        try:
            found = self._client.describe_execution(executionArn=f"{prefix}:{name}")
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        return bool(found["status"] == "RUNNING")

    def _start(self, arn: str, name: str, wanted: Mapping[str, Any]) -> bool:
        try:
            self._client.start_execution(stateMachineArn=arn, name=name, input=json.dumps(wanted))
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True


class StepFunctionsBatches(StateMachine):
    """Implements ``BatchWorkflows``: starts ``onboard_batch``."""

    def start_batch(self, batch_id: str) -> bool:
        return self._start(self._arn, batch_id, {"batch_id": batch_id})


class StepFunctionsWorkflows(StateMachine):
    """Implements ``Workflows``: starts ``onboard_domain``, ``onboard_address`` and
    ``offboard_domain``; what a function never starts needs no ARN."""

    def __init__(
        self,
        client: Any,
        state_machine_arn: str = "",
        offboarding_arn: str = "",
        address_machine_arn: str = "",
    ) -> None:
        super().__init__(client, state_machine_arn)
        self._offboarding_arn = offboarding_arn
        self._address_arn = address_machine_arn

    def start(self, stored: StoredRequest) -> bool:
        wanted = {"request_id": stored.request_id}
        if stored.request.address is not None:
            # Inputs are logged: the request's id stands for an address.
            return self._start(self._address_arn, stored.execution_name, wanted)
        wanted["domain"] = stored.request.domain
        return self._start(self._arn, stored.execution_name, wanted)

    def is_running(self, stored: StoredRequest) -> bool | None:
        arn = self._arn if stored.request.address is None else self._address_arn
        return self._is_running(arn, stored.execution_name)

    def start_offboarding(self, domain: SendingDomain, by: str, ticket: Ticket) -> bool:
        wanted = {
            "request_id": domain.request_id,
            "domain": domain.domain,
            "by": by,
            "ticket": {"source": ticket.source, "ticket_id": ticket.ticket_id},
        }
        return self._start(self._offboarding_arn, f"offboard-{domain.request_id}", wanted)
