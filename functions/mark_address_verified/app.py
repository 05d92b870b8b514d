"""State ``MarkAddressVerified``: mark the address verified and tell."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.mark_address_verified import mark_address_verified

app = Bootstrap()
store = app.store
mailer = app.mailer


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    return mark_address_verified(
        event["request_id"],
        store=store,
        mailer=mailer,
        clock=app.clock,
    )
