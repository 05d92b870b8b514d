"""The map from the operator's rules to tests: every row names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAP = (ROOT / "docs" / "operator-rules.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in MAP.splitlines()
    if line.startswith("| ") and not line.startswith("| rule |")
]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_the_map_has_its_rows() -> None:
    assert len(ROWS) >= 18


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0])[:60])
def test_every_rule_is_proved_by_tests_that_exist(row: list[str]) -> None:
    rule, _, proof = row
    named = TEST.findall(proof)
    assert named, f"no test proves: {rule}"
    for file, test in named:
        tree = ast.parse((ROOT / file).read_text())
        tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert test in tests, f"{file} has no {test}"
