"""State ``AnswerCovered``: end a request that its domain made needless."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.answer_covered import answer_covered

app = Bootstrap()
store = app.store
identities = app.address_identities


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return answer_covered(
        event["request_id"],
        event["by"],
        store=store,
        identities=identities,
        clock=app.clock,
    )
