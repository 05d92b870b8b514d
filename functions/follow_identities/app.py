"""Every ten minutes: look through SES's list for what has changed."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.follow_identities import follow_identities

app = Bootstrap()
watches, identities = app.watches, app.spare_identities


@task
def handler(event: dict[str, Any]) -> dict[str, int]:
    return follow_identities(identities=identities, watches=watches, clock=app.clock)
