"""Structured logs: what happened to which request, without addresses, tokens or secrets."""

import json
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from aws_lambda_powertools.logging import Logger

from onboarding import invocation

logger = Logger(service="onboarding", log_record_order=["level", "message", "request_id"])

Result = TypeVar("Result")


def task(handler: Callable[[dict[str, Any]], Result]) -> Callable[[dict[str, Any], Any], Result]:
    """Make a state's handler of a function of its input: logs the start, the outcome, and a fault
    with its traceback before it goes on to the workflow."""

    @wraps(handler)
    def handle(event: dict[str, Any], context: Any) -> Result:
        invocation.begin(context)
        logger.clear_state()
        logger.append_keys(
            request_id=event.get("request_id"),
            domain=event.get("domain"),
            aws_request_id=getattr(context, "aws_request_id", None),
        )
        try:
            result = handler(event)
        except Exception:
            logger.exception("failed")
            raise
        logger.info("done", extra={"result": result})
        return result

    return handle


def metrics(area: str, counts: Mapping[str, int]) -> None:
    """Counts for CloudWatch, in its embedded metric format: a line of the log that it turns into
    metrics of the namespace ``XES`` by ``area``. They have no account and no domain."""
    if not counts:
        return
    named = [{"Name": name, "Unit": "Count"} for name in counts]
    emitted = [{"Namespace": "XES", "Dimensions": [["area"]], "Metrics": named}]
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": emitted}
    print(json.dumps({"_aws": about, "area": area, **counts}), flush=True)
