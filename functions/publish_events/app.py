"""On the table's stream: put timeline entries and ticket comments on the event bus."""

import json
from functools import partial
from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.link_agents import links_for_ticket
from onboarding.usecases.publish_events import publish_events

app = Bootstrap()
bus = app.bus
links_of = partial(
    links_for_ticket,
    store=app.later("store"),  # most events are no comments
    links=app.later("pages"),
    addresses=app.later("page_addresses"),
    real_clock=app.real_clock,
    random=app.random,
)


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    written = (_parsed(record["dynamodb"]) for record in event["Records"])
    failed = publish_events(written, bus=bus, links_of=links_of)
    # ReportBatchItemFailures: the stream goes on from here.
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}


def _parsed(change: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    item = change["NewImage"]
    return change["SequenceNumber"], item["sk"]["S"], json.loads(item["body"]["S"])
