"""Every ten minutes: look through SES's list for what has changed."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.invocation import seconds_left
from onboarding.observability import task
from onboarding.usecases.follow_identities import follow_identities

app = Bootstrap()
watches, listings, identities = app.watches, app.listings, app.spare_identities


@task
def handler(event: dict[str, Any]) -> dict[str, int]:
    return follow_identities(
        identities=identities,
        watches=watches,
        listings=listings,
        clock=app.clock,
        real_clock=app.real_clock,
        seconds_left=seconds_left,
    )
