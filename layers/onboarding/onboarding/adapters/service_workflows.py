"""Step Functions as the port ``ServiceWorkflows``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.adapters.workflows import StateMachine

if TYPE_CHECKING:
    from onboarding.domain.service import StoredService


class StepFunctionsServices(StateMachine):
    """Implements ``ServiceWorkflows``: starts ``provision_account``."""

    def start(self, stored: StoredService) -> bool:
        wanted = {"request_id": stored.request_id, "account_id": stored.request.subject}
        return self._start(self._arn, stored.execution_name, wanted)

    def is_running(self, stored: StoredService) -> bool | None:
        return self._is_running(self._arn, stored.execution_name)
