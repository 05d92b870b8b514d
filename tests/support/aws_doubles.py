"""AWS in the same process: clients of the emulated services, and the template's own table."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import yaml
from botocore.config import Config
from botocore.session import Session
from moto import mock_aws

REGION = "eu-west-1"
TEMPLATE = Path(__file__).parents[2] / "template.yaml"


class _Template(yaml.SafeLoader):
    """CloudFormation's YAML, its intrinsic functions left as what they are applied to."""


def _argument(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_Template.add_multi_constructor("!", _argument)


def resource(name: str) -> dict[str, Any]:
    """The properties of a resource as ``template.yaml`` has them."""
    properties: dict[str, Any] = resources()[name]["Properties"]
    return properties


def resources() -> dict[str, Any]:
    """All resources of ``template.yaml``."""
    template = yaml.load(TEMPLATE.read_text(), Loader=_Template)  # noqa: S506 - a safe loader
    found: dict[str, Any] = template["Resources"]
    return found


@contextmanager
def emulated(service: str, config: Config | None = None) -> Iterator[Any]:
    """A client of ``service``, emulated until the block ends; no request leaves the process."""
    with mock_aws():
        yield Session().create_client(
            service,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=config,
        )


def create_table(client: Any, name: str) -> None:
    """The template's table, keys and index and all, as ``name``."""
    table = resource("Table")
    described = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    client.create_table(TableName=name, **{key: table[key] for key in described})


def one_call_at_a_time(client: Any) -> None:
    """The emulation is not made for threads. DynamoDB serialises writes of the same items; what
    different callers do between their calls still mixes in any order."""
    lock, call = Lock(), client._make_api_call

    def locked(*arguments: Any) -> Any:
        with lock:
            return call(*arguments)

    client._make_api_call = locked
