"""A busy SES as an outcome that a workflow waits out, not a fault that its retries run out of."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from onboarding.port_errors import SesBusy

Arguments = ParamSpec("Arguments")
UseCase = Callable[Arguments, dict[str, Any]]


def waits_while_busy(use_case: UseCase[Arguments]) -> UseCase[Arguments]:
    """Adds ``"busy": false`` to what the use case gives; where SES is busy, its outcome is
    ``{"busy": true, "wait_seconds": n}`` instead, and it is to be repeated after that time."""

    @wraps(use_case)
    def waiting(*arguments: Arguments.args, **named: Arguments.kwargs) -> dict[str, Any]:
        try:
            return {**use_case(*arguments, **named), "busy": False}
        except SesBusy as busy:
            return {"busy": True, "wait_seconds": busy.wait_seconds}

    return waiting
