"""JSON values against shapes of the service model, both ways.

The wording of the refusals is that of AWS's own services.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local.ses.errors import SesError, bad_request


def _refuse(path: str, constraint: str) -> SesError:
    return bad_request(
        f"1 validation error detected: Value at '{path or 'body'}' failed to satisfy "
        f"constraint: {constraint}"
    )


def decode(shape: Shape, value: Any, path: str = "") -> Any:
    """The native value of JSON `value`: blobs as bytes, timestamps as aware datetimes.

    Unknown members are ignored and null counts as absent, as SES does. Raises SesError
    (BadRequestException) where the shape forbids the value.
    """
    if isinstance(shape, StructureShape):
        return _structure(shape, value, path)
    if isinstance(shape, ListShape):
        return _list(shape, value, path)
    if isinstance(shape, MapShape):
        return _map(shape, value, path)
    if isinstance(shape, StringShape):
        return _string(shape, value, path)
    return _SCALARS[shape.type_name](shape, value, path)


def _structure(shape: StructureShape, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refuse(path, "Member must be a structure")
    present = {name: value[name] for name in shape.members if value.get(name) is not None}
    for name in shape.required_members:
        if name not in present:
            raise _refuse(_below(path, name), "Member must not be null")
    return {
        name: decode(shape.members[name], member, _below(path, name))
        for name, member in present.items()
    }


def _below(path: str, name: str) -> str:
    lowered = name[:1].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered


def _list(shape: ListShape, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _refuse(path, "Member must be a list")
    _limits(shape, len(value), path, "length")
    return [
        decode(shape.member, item, f"{path}.{number}.member")
        for number, item in enumerate(value, start=1)
    ]


def _map(shape: MapShape, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refuse(path, "Member must be a map")
    return {
        decode(shape.key, key, path): decode(shape.value, item, f"{path}.{key}.value")
        for key, item in value.items()
    }


def _string(shape: StringShape, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _refuse(path, "Member must be a string")
    if shape.enum and value not in shape.enum:
        raise _refuse(path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    _limits(shape, len(value), path, "length")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        raise _refuse(path, f"Member must satisfy regular expression pattern: {pattern}")
    return value


def _limits(shape: Shape, amount: float, path: str, what: str) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and amount < least:
        raise _refuse(path, f"Member must have {what} greater than or equal to {least}")
    if most is not None and amount > most:
        raise _refuse(path, f"Member must have {what} less than or equal to {most}")


def _boolean(shape: Shape, value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _refuse(path, "Member must be a boolean")
    return value


def _integer(shape: Shape, value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse(path, "Member must be an integer")
    _limits(shape, value, path, "value")
    return value


def _float(shape: Shape, value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(path, "Member must be a number")
    _limits(shape, value, path, "value")
    return float(value)


def _blob(shape: Shape, value: Any, path: str) -> bytes:
    if not isinstance(value, str):
        raise _refuse(path, "Member must be a base64-encoded blob")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise _refuse(path, "Member must be a base64-encoded blob") from None


def _timestamp(shape: Shape, value: Any, path: str) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(path, "Member must be a timestamp")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        raise _refuse(path, "Member must be a timestamp") from None


_SCALARS: Final[Mapping[str, Callable[[Shape, Any, str], Any]]] = {
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "double": _float,
    "float": _float,
    "blob": _blob,
    "timestamp": _timestamp,
}


def encode(shape: Shape, value: Any) -> Any:
    """The JSON value of a native one; members that are None are left out.

    Raises ValueError for a member that the shape does not have: that is a defect of this server.
    """
    if isinstance(shape, StructureShape):
        return _encode_structure(shape, value)
    if isinstance(shape, ListShape):
        return [encode(shape.member, item) for item in value]
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _encode_structure(shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(value) - set(shape.members)
    if unknown:
        raise ValueError(f"{shape.name} has no {sorted(unknown)}")
    return {
        name: encode(shape.members[name], member)
        for name, member in value.items()
        if member is not None
    }
