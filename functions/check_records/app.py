"""State ``CheckRecords``: look at DNS, then at SES."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.check_records import check_records

app = Bootstrap()
store = app.store
dns = app.dns
# SES is asked only once DNS is complete: most checks of a waiting domain never need it.
identities = app.later("identities")


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return check_records(
        event["request_id"],
        event["domain"],
        store=store,
        dns=dns,
        identities=identities,
        clock=app.clock,
        random=app.random,
    )
