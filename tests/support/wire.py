"""Checks bodies on the wire against botocore's service model, independently of any server."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

TYPES: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float),
    "string": (str,),
    "blob": (str,),
}


def violations(shape: Shape, value: Any, path: str = "") -> list[str]:
    """What is wrong with a JSON value of this shape; empty when nothing is."""
    if isinstance(shape, StructureShape):
        return _structure(shape, value, path)
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return [
            problem
            for number, item in enumerate(value)
            for problem in violations(shape.member, item, f"{path}[{number}]")
        ]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            return [f"{path}: not a map"]
        return [
            problem
            for key, item in value.items()
            for problem in violations(shape.key, key, path)
            + violations(shape.value, item, f"{path}.{key}")
        ]
    return _scalar(shape, value, path)


def _structure(shape: StructureShape, value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: not a structure"]
    found = [f"{path}.{name}: unknown member" for name in value if name not in shape.members]
    found += [f"{path}.{name}: required" for name in shape.required_members if name not in value]
    for name, item in value.items():
        if name in shape.members:
            found += violations(shape.members[name], item, f"{path}.{name}")
    return found


def _scalar(shape: Shape, value: Any, path: str) -> list[str]:
    wanted = TYPES[shape.type_name]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        return [f"{path}: {value!r} is no {shape.type_name}"]
    return _text(shape, value, path) if isinstance(value, str) else []


def _text(shape: Shape, value: str, path: str) -> list[str]:
    if shape.type_name == "blob":
        base64.b64decode(value, validate=True)
    if not isinstance(shape, StringShape):
        return []
    if shape.enum and value not in shape.enum:
        return [f"{path}: {value!r} is not in the enumeration"]
    pattern = shape.metadata.get("pattern")
    if pattern and not re.search(pattern, value):
        return [f"{path}: {value!r} does not match {pattern}"]
    too_short = len(value) < shape.metadata.get("min", 0)
    return [f"{path}: too short"] if too_short else []


class WireCheck:
    """Watches a boto3 client: every request and answer, errors included, must fit the model."""

    def __init__(self) -> None:
        self._model = botocore.session.get_session().get_service_model("sesv2")
        self._errors = {shape.name: shape for shape in self._model.error_shapes}
        self.succeeded: set[str] = set()
        self.failed: set[tuple[str, str]] = set()

    def watch(self, client: Any) -> None:
        """Register with a client."""
        client.meta.events.register("request-created.sesv2", self.request)
        client.meta.events.register("after-call.sesv2", self.response)

    def request(self, request: Any, operation_name: str, **_: Any) -> None:
        operation = self._model.operation_model(operation_name)
        body = json.loads(request.data) if request.data else {}
        shape = operation.input_shape
        assert set(body) <= set(shape.members), (operation_name, body)
        assert request.method == operation.http["method"]

    def response(self, http_response: Any, model: Any, **_: Any) -> None:
        assert http_response.headers["content-type"].startswith("application/json")
        assert http_response.headers["x-amzn-requestid"]
        body = json.loads(http_response.content)
        if http_response.status_code < 300:
            assert "x-amzn-errortype" not in http_response.headers
            shape = model.output_shape
            assert violations(shape, body) == [], (model.name, body)
            self.succeeded.add(model.name)
            return
        code = http_response.headers["x-amzn-errortype"]
        status = self._errors[code].metadata["error"]["httpStatusCode"]
        assert http_response.status_code == status
        assert list(body) == ["message"]
        assert isinstance(body["message"], str)
        assert body["message"]
        self.failed.add((model.name, code))
