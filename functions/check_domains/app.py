"""From the queue: look at verified domains, many at once."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.domain.watch import due_from_text
from onboarding.observability import logger, task
from onboarding.usecases.check_domains import check_domains

app = Bootstrap()
store, watches, dns = app.store, app.watches, app.dns
# Most domains are well: neither SES nor anybody else is asked or told anything then.
identities, mailer = app.later("spare_identities"), app.later("mailer")


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    messages = {record["messageId"]: due_from_text(record["body"]) for record in event["Records"]}
    failed = check_domains(
        [due for message in messages.values() for due in message],
        store=store,
        watches=watches,
        dns=dns,
        identities=identities,
        mailer=mailer,
        clock=app.clock,
        random=app.random,
    )
    for due, failure in failed.items():
        logger.error("a check failed", extra={"domain": due.domain}, exc_info=failure)
    # ReportBatchItemFailures: only messages with a failure in them come again.
    again = [name for name, message in messages.items() if not set(failed).isdisjoint(message)]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in again]}
