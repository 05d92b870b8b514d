"""``GET /requests/{request_id}``: where a request stands."""

from typing import Any

from onboarding.bootstrap import Bootstrap
from onboarding.http import Answer, answer, error
from onboarding.usecases.show_request import show_request

app = Bootstrap()
store = app.services


def handler(event: dict[str, Any], context: Any) -> Answer:
    shown = show_request(event["pathParameters"]["request_id"], store=store)
    if shown is None:
        return error(404, "unknown_request", "There is no such request.")
    return answer(200, shown)
