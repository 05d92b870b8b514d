"""The environment that the template gives a function, as far as it is known before deploying."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]

REGION = "eu-west-1"
LAMBDA = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_SESSION_TOKEN": "not-a-token",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
}
"""What Lambda itself sets: a function never looks for credentials elsewhere."""


def functions(template: Path = ROOT / "template.yaml") -> Iterator[tuple[str, dict[str, str]]]:
    """The folder's name and the environment of each function, in the template's order.

    Intrinsics that only a deployment can resolve stand as the name of what they refer to.
    """
    parsed = yaml.load(template.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    parameters = {
        name: str(parameter.get("Default", name))
        for name, parameter in parsed["Parameters"].items()
    }
    shared = _variables(parsed["Globals"]["Function"])
    for resource in parsed["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            variables = shared | _variables(properties)
            values = {key: _resolved(value, parameters) for key, value in variables.items()}
            yield Path(properties["CodeUri"]).name, LAMBDA | values


def own_layers(template: Path = ROOT / "template.yaml") -> dict[str, list[str]]:
    """By the functions' folders: the layers each has beside the one that all have."""
    parsed = yaml.load(template.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    return {
        Path(resource["Properties"]["CodeUri"]).name: [
            layer.strip("${}") for layer in resource["Properties"].get("Layers", [])
        ]
        for resource in parsed["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def _variables(properties: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = properties.get("Environment", {}).get("Variables", {})
    return found


def _resolved(value: Any, parameters: dict[str, str]) -> str:
    def known(reference: re.Match[str]) -> str:
        name = reference[1]
        return parameters.get(name, name.replace("::", "-"))

    return re.sub(r"\$\{([^}]+)\}", known, str(value))


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (``!Ref``, ``!Sub``, …) as text with ``${…}``."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.ScalarNode)
    text = str(loader.construct_scalar(node))
    return text if tag == "Sub" else f"${{{text}}}"


_Loader.add_multi_constructor("!", _intrinsic)
