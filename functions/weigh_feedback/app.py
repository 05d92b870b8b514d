"""On a schedule: weigh bounces and complaints, and warn where a threshold was crossed."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.domain.feedback_rates import parse_thresholds
from onboarding.observability import task
from onboarding.usecases.weigh_feedback import weigh_feedback

app = Bootstrap()
store, flags, watches = app.provisioned_store, app.flags, app.feedback_watches
# Most runs find nothing to weigh, and most that do nothing to tell.
volumes, mailer, tenancy = map(app.later, ("sent_volumes", "mailer", "tenancy"))
thresholds = parse_thresholds(app.settings.feedback_thresholds)


@task
def handler(event: dict[str, Any]) -> dict[str, int]:
    return weigh_feedback(
        flags=flags,
        watches=watches,
        volumes=volumes,
        tenancy=tenancy,
        store=store,
        mailer=mailer,
        thresholds=thresholds,
        clock=app.clock,
    )
