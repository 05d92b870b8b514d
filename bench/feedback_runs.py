"""One run of one handler, for ``bench.feedback``: prints what it cost, as JSON."""

import importlib.util
import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from bench.template import ROOT

Batch = dict[str, Any]
DOMAINS = 50
CONTEXT = SimpleNamespace(
    function_name="record_feedback",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:eu-west-1:000000000000:function:record_feedback",
    aws_request_id="bench",
)


def events(count: int) -> Iterator[dict[str, Any]]:
    """Bounces and complaints of ``DOMAINS`` domains, with all that SES puts into them."""
    bounce = json.loads((ROOT / "events" / "ses_bounce.json").read_text())
    complaint = json.loads((ROOT / "events" / "ses_complaint.json").read_text())
    for number in range(count):
        event, name = (complaint, "complaint") if number % 10 == 0 else (bounce, "bounce")
        domain = f"d{number % DOMAINS}.example.com"
        recipient = f"recipient{number}@example.org"
        about = f"{'complained' if name == 'complaint' else 'bounced'}Recipients"
        feedback = {**event[name], "feedbackId": f"01000157c44f053b-{number:08}-000000"}
        feedback[about] = [{**feedback[about][0], "emailAddress": recipient}]
        mail = {
            **event["mail"],
            "source": f"news@{domain}",
            "sourceArn": f"arn:aws:ses:eu-west-1:123456789012:identity/{domain}",
            "messageId": f"message-{number}",
        }
        yield {**event, name: feedback, "mail": mail}


def batches(count: int, size: int) -> list[Batch]:
    records = [_record(number, json.dumps(event)) for number, event in enumerate(events(count))]
    return [{"Records": records[start : start + size]} for start in range(0, count, size)]


def _record(number: int, body: str) -> dict[str, Any]:
    return {
        "messageId": f"00000000-0000-0000-0000-{number:012}",
        "receiptHandle": "receipt",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(int(time.time() * 1000)),
            "SenderId": "SNS",
            "ApproximateFirstReceiveTimestamp": str(int(time.time() * 1000)),
        },
        "messageAttributes": {},
        "md5OfBody": "0" * 32,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:feedback",
        "awsRegion": "eu-west-1",
    }


def ours() -> Callable[[Batch], Any]:
    """The function itself."""
    file = ROOT / "functions" / "record_feedback" / "app.py"
    spec = importlib.util.spec_from_file_location("app", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda batch: module.handler(batch, CONTEXT)


def main() -> int:
    which, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if which == "ours":
        handle = ours()
    else:
        from bench.feedback_plain import plain  # noqa: PLC0415 - slow to load, and not ours

        handle = plain(CONTEXT)
    given = batches(count, size)
    handle(given[0])  # connections, caches
    url = os.environ["AWS_ENDPOINT_URL"] + "/count"
    urllib.request.urlopen(url).read()  # noqa: S310 - our own stub
    began = os.times()
    again = [handle(batch)["batchItemFailures"] for batch in given]
    ended = os.times()
    assert not any(again), "nothing fails here"
    items = int(urllib.request.urlopen(url).read())  # noqa: S310 - our own stub
    cpu = ended.user - began.user + ended.system - began.system
    print(json.dumps({"events": count, "cpu_seconds": cpu, "items": items}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
