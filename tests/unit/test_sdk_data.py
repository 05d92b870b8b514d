"""The SDK's data is cut to what the adapters call: these hold the two against each other."""

import ast
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import xform_name
from botocore.model import ServiceModel

import sdk_data

ROOT = Path(__file__).parents[2]
ADAPTERS = ROOT / "layers" / "onboarding" / "onboarding" / "adapters"
DATA = Path(botocore.__file__).parent / "data"


def whole_model(service: str) -> dict[str, Any]:
    newest = max((DATA / service).iterdir())
    model: dict[str, Any] = json.loads(gzip.decompress((newest / "service-2.json.gz").read_bytes()))
    return model


def client_attributes() -> Iterator[str]:
    """``name`` in every ``self._client.name`` of the adapters; DNS has a client of its own."""
    for file in set(ADAPTERS.rglob("*.py")) - set(ADAPTERS.glob("dns/*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Attribute)
                and node.value.attr == "_client"
            ):
                yield node.attr


def exceptions_caught() -> set[str]:
    """``Name`` in every ``self._client.exceptions.Name``."""
    return {
        node.attr
        for file in ADAPTERS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "exceptions"
    } - {"ClientError"}


def test_the_operations_kept_are_those_that_the_adapters_call() -> None:
    kept = {xform_name(name) for names in sdk_data.OPERATIONS.values() for name in names}
    called = set(client_attributes()) - {"exceptions", "generate_presigned_url"}
    assert called == kept


def test_every_exception_that_an_adapter_catches_is_kept() -> None:
    kept = {
        shape
        for service, operations in sdk_data.OPERATIONS.items()
        for shape in sdk_data.trimmed_model(whole_model(service), operations)["shapes"]
    }
    assert exceptions_caught()
    assert exceptions_caught() - kept == set()


@pytest.mark.parametrize("service", sdk_data.OPERATIONS)
def test_a_trimmed_model_describes_its_operations_as_the_whole_one_does(service: str) -> None:
    operations = sdk_data.OPERATIONS[service]
    whole = ServiceModel(whole_model(service), service)
    lean = ServiceModel(sdk_data.trimmed_model(whole_model(service), operations), service)
    assert tuple(lean.operation_names) == operations
    for name in operations:
        one, other = whole.operation_model(name), lean.operation_model(name)
        assert one.http == other.http
        assert one.auth_type == other.auth_type
        assert [e.name for e in one.error_shapes] == [e.name for e in other.error_shapes]
        for shape, trimmed in (
            (one.input_shape, other.input_shape),
            (one.output_shape, other.output_shape),
        ):
            assert _described(shape) == _described(trimmed)


def _described(shape: Any, seen: frozenset[str] = frozenset()) -> Any:
    """Type, members and traits, all the way down; recursive shapes once."""
    if shape is None or shape.name in seen:
        return None if shape is None else shape.name
    seen |= {shape.name}
    traits = {k: v for k, v in shape.serialization.items() if k != "documentation"}
    described = [shape.name, shape.type_name, traits, dict(shape.metadata)]
    if shape.type_name == "structure":
        described.append({name: _described(m, seen) for name, m in shape.members.items()})
    elif shape.type_name == "list":
        described.append(_described(shape.member, seen))
    elif shape.type_name == "map":
        described.append((_described(shape.key, seen), _described(shape.value, seen)))
    return described


def test_documentation_goes_but_a_member_of_that_name_stays() -> None:
    model = {
        "version": "2.0",
        "metadata": {},
        "operations": {
            "Put": {"input": {"shape": "In"}, "documentation": "<p>Long.</p>"},
            "Get": {"input": {"shape": "Other"}},
        },
        "shapes": {
            "In": {
                "type": "structure",
                "members": {"documentation": {"shape": "Text", "documentation": "<p>…</p>"}},
            },
            "Text": {"type": "string", "documentation": "<p>…</p>"},
            "Other": {"type": "structure", "members": {}},
        },
    }
    assert sdk_data.trimmed_model(model, ["Put"]) == {
        "version": "2.0",
        "metadata": {},
        "operations": {"Put": {"input": {"shape": "In"}}},
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": {"shape": "Text"}}},
            "Text": {"type": "string"},
        },
    }


def test_an_operation_that_the_service_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="GetItems"):
        sdk_data.trimmed_model(whole_model("dynamodb"), ["GetItems"])
