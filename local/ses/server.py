"""The HTTP server: authentication, route, faults, throttle, validation, operation, answer.

aiohttp rather than an ASGI server, because a fault that cuts the TCP connection needs the
transport, which ASGI hides.
"""

import asyncio
import json
import logging
import socket
import struct
import uuid
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from local.ses.dispatch import HANDLERS, SENDING
from local.ses.errors import SesError, unsupported
from local.ses.faults import ERRORS, Faults
from local.ses.model import Match, ServiceModel, answer, parse
from local.ses.operations_identities import confirm_address
from local.ses.service import Service
from local.ses.throttle import TokenBucket

_BODY_LIMIT: Final = 64 * 1024 * 1024  # 40 MB of message in base64, and some JSON around it
_JSON: Final = "application/json"
_log = logging.getLogger(__name__)


class Api:
    """SES's front door."""

    def __init__(self, service: Service, faults: Faults) -> None:
        self._service = service
        self._faults = faults
        self._model = ServiceModel()
        self._control = TokenBucket(service.settings.requests_per_second)

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_get("/verify", self._verify)
        app.router.add_route("*", "/{path:.*}", self._serve)
        return app

    async def _verify(self, request: web.Request) -> web.Response:
        if confirm_address(self._service, request.query.get("token", "")):
            return web.Response(text="The address is verified.\n")
        return web.Response(status=400, text="This link is not valid, or no longer.\n")

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            return _answer(200, await self._call(request), None)
        except SesError as error:
            body = json.dumps({"message": error.message}).encode()
            return _answer(self._model.status(error.code), body, error.code)
        except _Cut:
            _reset(request)
            return web.Response()

    async def _call(self, request: web.Request) -> bytes:
        match = self._admit(request)
        name = match.operation.name
        arguments = parse(match, request.rel_url.raw_query_string, await _read(request))
        fault = self._faults.take(name, arguments)
        await self._fail(request, fault)
        if name != SENDING and not self._control.admit():
            raise SesError("TooManyRequestsException", "Rate exceeded")
        body = answer(match.operation, await self._perform(name, arguments))
        if fault == "reset_after":
            raise _Cut
        return body

    def _admit(self, request: web.Request) -> Match:
        if "Authorization" not in request.headers:
            raise SesError("MissingAuthenticationTokenException", "Missing Authentication Token")
        match = self._model.match(request.method, request.raw_path.partition("?")[0])
        if match is None:
            raise SesError("UnknownOperationException", "The operation is not known.")
        return match

    async def _fail(self, request: web.Request, fault: str | None) -> None:
        if fault is None or fault == "reset_after":
            return
        if fault == "reset":
            raise _Cut
        if fault == "hang":
            await _hang(request)
            raise _Cut
        if fault in ERRORS:
            raise SesError(*ERRORS[fault])
        if not self._model.knows_error(fault):
            _log.error("the fault %r means nothing", fault)
        raise SesError(fault, "A fault was asked for.")

    async def _perform(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        handler = HANDLERS.get(name)
        if handler is None:
            raise unsupported(name)
        try:
            return await handler(self._service, arguments)
        except SesError:
            raise
        except Exception as error:
            # The client gets what SES would say; the defect goes to the log, whole.
            _log.exception("%s failed", name)
            raise SesError("InternalServiceErrorException", "The service has failed.") from error


class _Cut(Exception):
    """The connection is to be cut without an answer."""


async def _read(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise SesError("BadRequestException", "The request is too large.") from None


async def _hang(request: web.Request) -> None:
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.1)


def _reset(request: web.Request) -> None:
    transport = request.transport
    if transport is None:
        return
    endpoint = transport.get_extra_info("socket")
    if endpoint is not None:
        # Lingering for no time makes the close a reset (socket(7)).
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _answer(status: int, body: bytes, error: str | None) -> web.Response:
    headers = {"x-amzn-requestid": str(uuid.uuid4())}
    if error:
        headers["x-amzn-errortype"] = error
    return web.Response(status=status, body=body, content_type=_JSON, headers=headers)
