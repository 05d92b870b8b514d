"""What is particular to the definition of ``provision_account``: it waits for people and for AWS.

``test_state_machine`` holds it to what all machines keep; ``test_provision_account`` runs it.
"""

from datetime import timedelta

from onboarding.domain.approval import APPROVAL_PATIENCE
from onboarding.usecases.request_sending_rate import AWS_PATIENCE
from tests.unit.test_state_machine import MACHINES

DEFINITION = MACHINES["provision_account"]
LIMITS = {
    name: timedelta(seconds=state["TimeoutSeconds"])
    for name, state in DEFINITION["States"].items()
    if state.get("Resource", "").endswith("TaskToken")
}
"""How long is waited for whom."""


def test_only_people_are_waited_for_by_a_token() -> None:
    assert set(LIMITS) == {"RequestApproval", "OrderDedicatedIp"}


def test_a_person_has_longer_than_our_own_count_of_the_days() -> None:
    assert LIMITS["RequestApproval"] > APPROVAL_PATIENCE


def test_the_execution_outlives_the_patience_with_people_and_with_aws() -> None:
    longest = sum(LIMITS.values(), AWS_PATIENCE)
    assert longest < timedelta(seconds=DEFINITION["TimeoutSeconds"]) <= timedelta(days=365)
