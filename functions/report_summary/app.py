"""Once a day: the operator's summary."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.report_summary import report_summary

app = Bootstrap()
store, watches, census = app.store, app.watches, app.census
identities = app.spare_identities
operator = app.later("operator")  # told once, when everything else is done
sender = app.settings.sender
own = frozenset({sender, sender.rpartition("@")[2]})


@task
def handler(event: dict[str, Any]) -> dict[str, str]:
    summary = report_summary(
        own,
        store=store,
        watches=watches,
        census=census,
        identities=identities,
        operator=operator,
        clock=app.clock,
    )
    return {"subject": summary.subject}
