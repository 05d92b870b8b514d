"""Each linter fails on a fault planted for it: one that has stopped looking would pass for nothing.

Every test copies what is linted, plants one fault, and runs the very command of ``scripts/lint``.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".tools" / "sam" / "bin"
LINTED = ("template.yaml", "samconfig.toml", "statemachine", "functions", "layers")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in LINTED:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


@pytest.fixture
def run(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SAM_CLI_TELEMETRY", "0")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    def command(*parts: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(part) for part in parts],
            cwd=tree,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return command


def plant(file: Path, healthy: str, fault: str) -> None:
    text = file.read_text()
    assert healthy in text, f"{file.name} has changed: plant another fault"
    file.write_text(text.replace(healthy, fault, 1))


def test_sam_validate_refuses_a_misspelled_property(tree: Path, run: Run) -> None:
    plant(tree / "template.yaml", "      DefinitionUri: statemachine", "      DefinitonUri: state")
    done = run(SAM / "sam", "validate", "--lint", "--template-file", "template.yaml")
    assert done.returncode != 0
    assert "DefinitonUri" in done.stdout + done.stderr


def test_the_expanded_template_is_refused_for_each_of_its_faults(tree: Path, run: Run) -> None:
    template = tree / "template.yaml"
    plant(template, "Action: ses:GetEmailIdentity", "Action: ses:*")
    plant(template, "BatchSize: 100\n", "BatchSize: 100000\n")
    plant(template, "                - !GetAtt FailRequestFunction.Arn\n", "")
    app = tree / "functions" / "show_request" / "app.py"
    plant(app, "from typing", "from aws_lambda_powertools import Tracer\nfrom typing")
    done = run(SAM / "python", ROOT / "scripts" / "lint_template.py", "template.yaml")
    assert done.returncode == 1
    assert [line.partition("; ")[0] for line in done.stdout.splitlines()] == [
        "cfn-lint E3034: Resources/PublishEventsFunctionWritten/Properties/BatchSize: "
        "100000 is greater than the maximum of 10000",
        "actions_are_named: CheckRecordsFunctionRole: allows ses:*",
        "machines_may_invoke_what_they_name: OnboardDomain: its role may not invoke "
        "FailRequestFunction, which the definition calls",
        "no_tracing_code: functions/show_request/app.py: imports Tracer",
    ]


def test_the_asl_validator_refuses_a_next_to_a_missing_state(tree: Path, run: Run) -> None:
    machine = tree / "statemachine" / "onboard_domain.asl.json"
    definition = json.loads(machine.read_text())
    definition["States"]["WaitForRecords"]["Next"] = "LookAtRecords"
    machine.write_text(json.dumps(definition))
    done = run(asl_validator(), "--json-path", machine)
    assert done.returncode != 0
    assert "LookAtRecords" in done.stdout + done.stderr


def asl_validator() -> Path:
    """Installed from the lock file where it is not there yet."""
    command = ROOT / "node_modules" / ".bin" / "asl-validator"
    if not command.exists():
        npm = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(npm, cwd=ROOT, check=True, timeout=120)
    return command


def test_the_import_rule_refuses_an_sdk_in_the_domain(tree: Path, run: Run) -> None:
    rule = tree / "tests" / "unit" / "test_architecture.py"
    rule.parent.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "unit" / "test_architecture.py", rule)
    names = tree / "layers" / "onboarding" / "onboarding" / "domain" / "names.py"
    plant(names, "import re\n", "import re\n\nimport boto3\n")
    done = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", rule)
    assert done.returncode == 1
    assert "domain/names.py" in done.stdout
    assert "imports boto3" in done.stdout
