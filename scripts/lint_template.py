"""Lints the template as CloudFormation will see it: expanded from SAM, offline.

``sam validate --lint`` looks at the template as it is written, where roles and policies do not
stand yet. This expands it with SAM's own translator, gives the result to cfn-lint (errors and
warnings count), and then applies the rules of ``template_rules.py``. Runs in the environment of the
SAM CLI, which brings both; calls no AWS.
"""

import ast
import copy
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from template_rules import RULES, Json, Template

REGION = "eu-west-1"
# Both libraries read these when they are imported or first used.
os.environ["AWS_DEFAULT_REGION"] = REGION
os.environ.pop("AWS_ENDPOINT_URL", None)

from cfnlint.api import lint  # noqa: E402
from samtranslator.model.exceptions import InvalidDocumentException  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402

PLACES = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
"""Where local paths stand that only ``sam package`` turns into addresses in S3."""

TRACING_CODE = {"aws_xray_sdk", "Tracer"}


def main(path: Path) -> int:
    written = read(path)
    try:
        expanded = expand(written)
    except InvalidDocumentException as error:
        return report([f"sam: {cause.message}" for cause in error.causes])
    template = Template(expanded, definitions(written, path.parent))
    return report([*_cfn_lint(expanded), *_own_rules(template), *_tracing_code(path.parent)])


def report(findings: list[str]) -> int:
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def read(path: Path) -> Json:
    """The template with CloudFormation's short forms (``!Ref``) as long ones."""
    parsed: Json = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    return parsed


def expand(written: Json) -> Json:
    packaged = copy.deepcopy(written)
    for resource in packaged["Resources"].values():
        place = PLACES.get(resource["Type"])
        if place in resource.get("Properties", {}):
            resource["Properties"][place] = "s3://bucket/key"
    parameters = {
        name: parameter["Default"]
        for name, parameter in packaged.get("Parameters", {}).items()
        if "Default" in parameter
    }
    expanded: Json = transform(packaged, parameters, _NoManagedPolicies())
    return json.loads(json.dumps(expanded))  # type: ignore[no-any-return]


def definitions(written: Json, root: Path) -> dict[str, str]:
    return {
        name: (root / resource["Properties"]["DefinitionUri"]).read_text()
        for name, resource in written["Resources"].items()
        if resource["Type"] == "AWS::Serverless::StateMachine"
    }


def _cfn_lint(expanded: Json) -> Iterator[str]:
    for match in lint(json.dumps(expanded, indent=1), regions=[REGION]):
        if match.rule.severity in ("error", "warning"):
            place = "/".join(str(part) for part in match.path or ())
            yield f"cfn-lint {match.rule.id}: {place}: {match.message}"


def _own_rules(template: Template) -> Iterator[str]:
    for rule in RULES:
        for message in rule(template):
            yield f"{rule.__name__}: {message}"


def _tracing_code(root: Path) -> Iterator[str]:
    """Active tracing needs no code; the SDK's patching is a tenth of a function's start."""
    for folder in ("functions", "layers"):
        for file in sorted((root / folder).rglob("*.py")):
            for name in _imported(ast.parse(file.read_text())):
                if name in TRACING_CODE:
                    yield f"no_tracing_code: {file.relative_to(root)}: imports {name}"


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            for name in (module, *(alias.name for alias in node.names)):
                yield name.partition(".")[0]


class _NoManagedPolicies:
    """SAM asks IAM for the names of managed policies only where a template uses them by name."""

    def load(self) -> dict[str, str]:
        return {}


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Any:
    key = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {key: loader.construct_mapping(node, deep=True)}
    assert isinstance(node, yaml.ScalarNode)
    text = loader.construct_scalar(node)
    return {key: str(text).split(".", 1) if tag == "GetAtt" else text}


_Loader.add_multi_constructor("!", _intrinsic)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
