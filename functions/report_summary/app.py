"""Once a day: the operator's summary."""

import time
from datetime import datetime
from typing import Any, Final

from onboarding.bootstrap import Bootstrap
from onboarding.invocation import seconds_left
from onboarding.observability import task
from onboarding.usecases.report_summary import Patience, recent_flags, report_summary

FOR_THE_REST: Final = 420.0
"""Seconds that asking SES leaves for reading the table."""

FOR_THE_MAIL: Final = 60.0

app = Bootstrap()
store, watches, census, flags = app.store, app.watches, app.census, app.flags
identities = app.spare_identities
operator = app.later("operator")  # told once, when everything else is done
sender = app.settings.sender
own = frozenset({sender, sender.rpartition("@")[2]})


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    summary = report_summary(
        own,
        store=store,
        watches=watches,
        census=census,
        identities=identities,
        operator=operator,
        clock=app.clock,
        flags=_recent_flags,
        patience=Patience(lambda: seconds_left() > FOR_THE_REST, lambda: time.sleep(30)),
    )
    compared = summary.comparison is not None
    return {"subject": summary.subject, "flags": summary.flags, "compared": compared}


def _recent_flags(since: datetime) -> int | None:
    return recent_flags(flags, since, lambda: seconds_left() > FOR_THE_MAIL)
