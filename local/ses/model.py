"""The wire protocol of SES v2, taken from botocore's own service model (protocol rest-json)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, Shape
from botocore.model import ServiceModel as BotocoreModel

from local.ses.errors import bad_request
from local.ses.validation import decode, encode

_LABEL: Final = re.compile(r"\{(\w+)\}")

_UNMODELLED: Final[Mapping[str, int]] = {
    # Answers of AWS's front door, which no service model lists.
    "MissingAuthenticationTokenException": 403,
    "UnknownOperationException": 404,
}


@dataclass(frozen=True, slots=True)
class Match:
    """The operation that a request means, with the labels found in its path."""

    operation: OperationModel
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    operation: OperationModel


class ServiceModel:
    """Routes, request parsing and answers of `sesv2`."""

    def __init__(self) -> None:
        # The loader alone: a whole session takes a quarter of a second longer to import.
        model = BotocoreModel(Loader().load_service_model("sesv2", "service-2"), "sesv2")
        operations = [model.operation_model(name) for name in model.operation_names]
        # Literal paths before labelled ones: /contact-lists/{x} must not shadow a fixed name.
        operations.sort(key=lambda operation: "{" in operation.http["requestUri"])
        self._routes = [_route(operation) for operation in operations]
        self._statuses = {
            **_UNMODELLED,
            **{shape.name: _status(shape) for shape in model.error_shapes},
        }

    def match(self, method: str, path: str) -> Match | None:
        """Find the operation for a method and a percent-encoded path without its query."""
        for route in self._routes:
            found = route.pattern.fullmatch(path) if route.method == method else None
            if found:
                labels = {name: unquote(value) for name, value in found.groupdict().items()}
                return Match(route.operation, labels)
        return None

    def status(self, code: str) -> int:
        """The HTTP status of an error code."""
        return self._statuses.get(code, 500)

    def knows_error(self, code: str) -> bool:
        """Is this an error that SES or its front door answers with?"""
        return code in self._statuses


def _route(operation: OperationModel) -> _Route:
    uri = operation.http["requestUri"]
    pieces = [
        f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece)
        for index, piece in enumerate(_LABEL.split(uri))
    ]
    # AWS accepts a trailing slash on every path.
    return _Route(operation.http["method"], re.compile("".join(pieces) + "/?"), operation)


def _status(shape: Shape) -> int:
    return int(shape.metadata.get("error", {}).get("httpStatusCode", 400))


def parse(match: Match, query: str, body: bytes) -> dict[str, Any]:
    """The validated arguments of a request. Raises SesError (BadRequestException)."""
    shape = match.operation.input_shape
    if shape is None:
        return {}
    value = _body(body)
    parameters = parse_qs(query, keep_blank_values=True)
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if location == "uri":
            value[name] = match.labels.get(wire_name)
        elif location == "querystring":
            found = parameters.get(wire_name)
            value[name] = found and _from_query(member, found)
    arguments: dict[str, Any] = decode(shape, value)
    return arguments


def _from_query(shape: Shape, found: list[str]) -> Any:
    """A query knows only text: a number that is none stays text, and is refused as such."""
    if isinstance(shape, ListShape):
        return found
    text = found[0]
    return int(text) if shape.type_name == "integer" and text.isdecimal() else text


def _body(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("The request body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise bad_request("The request body must be a JSON object.")
    return value


def answer(operation: OperationModel, result: Mapping[str, Any]) -> bytes:
    """The body of a success."""
    shape = operation.output_shape
    return json.dumps(encode(shape, result) if shape else {}).encode()
