"""On the table's stream: put ticket comments into the outbox."""

import json
from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.observability import task
from onboarding.usecases.queue_comments import queue_comments

app = Bootstrap()
queue = app.comment_queue


@task
def handler(event: dict[str, Any]) -> dict[str, Any]:
    written = (_parsed(record["dynamodb"]["NewImage"]) for record in event["Records"])
    return {"queued": queue_comments(written, queue=queue)}


def _parsed(item: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return item["sk"]["S"], json.loads(item["body"]["S"])
