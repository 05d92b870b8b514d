"""The HTTP server: AWS JSON 1.1, checked against botocore's own service model both ways."""

import base64
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web
from botocore.loaders import Loader
from botocore.model import ServiceModel

from local.quotas.reviews import (
    DECISIONS,
    QuotaError,
    Reviews,
    increase_as_json,
    quota_as_json,
)
from local.ses.errors import SesError
from local.ses.validation import decode, encode

_PAGE: Final = 2  # so small that a reader who forgets the next page is found out

Arguments = Mapping[str, Any]


class Api:
    """Service Quotas' front door, and the reviewer's."""

    def __init__(self, reviews: Reviews) -> None:
        self._reviews = reviews
        model = Loader().load_service_model("service-quotas", "service-2")
        self._model = ServiceModel(model, "service-quotas")
        self._handlers: Mapping[str, Callable[[Arguments], Arguments]] = {
            "ListServiceQuotas": self._list_quotas,
            "GetServiceQuota": self._get_quota,
            "RequestServiceQuotaIncrease": self._request,
            "GetRequestedServiceQuotaChange": self._get_change,
            "ListRequestedServiceQuotaChangeHistoryByQuota": self._list_changes,
        }

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application()
        app.router.add_post("/decide", self._decide)
        app.router.add_post("/", self._serve)
        return app

    async def _decide(self, request: web.Request) -> web.Response:
        status = (await request.json()).get("status")
        if status not in DECISIONS:
            return web.json_response({"message": f"One of {sorted(DECISIONS)}."}, status=400)
        return web.json_response({"decided": self._reviews.decide(status)})

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            return _answer(200, self._call(request, await request.read()))
        except QuotaError as error:
            return _answer(400, {"__type": error.code, "message": error.message})

    def _call(self, request: web.Request, body: bytes) -> Any:
        if "Authorization" not in request.headers:
            raise QuotaError("AccessDeniedException", "The request is not signed.")
        name = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        handler = self._handlers.get(name)
        if handler is None:
            raise QuotaError("ServiceException", f"{name} is not supported by the local quotas.")
        operation = self._model.operation_model(name)
        input_shape, output_shape = operation.input_shape, operation.output_shape
        assert input_shape is not None  # so in all of the operations above
        assert output_shape is not None
        try:
            arguments = decode(input_shape, json.loads(body))
        except (SesError, ValueError) as error:
            raise QuotaError("IllegalArgumentException", str(error)) from error
        if arguments.get("ServiceCode", "ses") != "ses":
            raise QuotaError("NoSuchResourceException", "Only SES's quotas are known here.")
        return encode(output_shape, handler(arguments))

    def _list_quotas(self, arguments: Arguments) -> Arguments:
        found = [quota_as_json(quota) for quota in self._reviews.quotas()]
        items, token = _page(found, arguments)
        return {"Quotas": items, "NextToken": token}

    def _get_quota(self, arguments: Arguments) -> Arguments:
        return {"Quota": quota_as_json(self._reviews.quota(arguments["QuotaCode"]))}

    def _request(self, arguments: Arguments) -> Arguments:
        quota = self._reviews.quota(arguments["QuotaCode"])
        asked = self._reviews.ask(quota.code, arguments["DesiredValue"])
        return {"RequestedQuota": increase_as_json(asked, quota)}

    def _get_change(self, arguments: Arguments) -> Arguments:
        increase = self._reviews.increase(arguments["RequestId"])
        quota = self._reviews.quota(increase.quota_code)
        return {"RequestedQuota": increase_as_json(increase, quota)}

    def _list_changes(self, arguments: Arguments) -> Arguments:
        quota = self._reviews.quota(arguments["QuotaCode"])
        wanted = arguments.get("Status")
        found = [
            increase_as_json(increase, quota)
            for increase in self._reviews.increases(quota.code)
            if wanted in (None, increase.status)
        ]
        items, token = _page(found, arguments)
        return {"RequestedQuotas": items, "NextToken": token}


def _page(items: Sequence[Arguments], arguments: Arguments) -> tuple[list[Arguments], str | None]:
    start = _offset(arguments.get("NextToken"))
    end = start + arguments.get("MaxResults", _PAGE)
    token = base64.b64encode(str(end).encode()).decode() if end < len(items) else None
    return list(items[start:end]), token


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError as error:
        raise QuotaError("InvalidPaginationTokenException", "Invalid NextToken.") from error


def _answer(status: int, body: Any) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(body).encode(),
        content_type="application/x-amz-json-1.1",
        headers={"x-amzn-requestid": str(uuid.uuid4())},
    )
