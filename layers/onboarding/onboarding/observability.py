"""Structured logs: what happened to which request, without addresses, tokens or secrets."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from aws_lambda_powertools.logging import Logger

logger = Logger(service="onboarding", log_record_order=["level", "message", "request_id"])

Result = TypeVar("Result")


def task(handler: Callable[[dict[str, Any]], Result]) -> Callable[[dict[str, Any], Any], Result]:
    """Make a state's handler of a function of its input: logs the start, the outcome, and a fault
    with its traceback before it goes on to the workflow."""

    @wraps(handler)
    def handle(event: dict[str, Any], context: Any) -> Result:
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
