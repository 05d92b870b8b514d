"""The import rule: dependencies run one way, from the edges to the domain.

``functions`` → ``bootstrap``, ``usecases`` → ``ports``, ``domain``; ``adapters`` implement ports.
Read from the sources without importing them, so that an import inside a function counts as well.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "onboarding"

ALLOWED = {
    "domain": ("domain",),
    "usecases": ("domain", "ports", "port_errors", "contracts", "usecases"),
    "ports": ("domain", "port_errors"),
    "port_errors": (),
    "contracts": ("domain",),
    "settings": (),
    "http": (),
    "invocation": (),
    "observability": ("invocation",),
    "adapters": ("domain", "ports", "port_errors", "adapters"),
    "bootstrap": ("adapters", "settings", "ports", "port_errors", "invocation"),
}
"""What each part of the package may import of it, besides the standard library."""

LIBRARIES = {
    "adapters": {
        "botocore",
        "idna",
        "jinja2",
        "markupsafe",
        "publicsuffixlist",
        "reportlab",
        "urllib3",
    },
    "contracts": {"pydantic", "pydantic_core"},
    "observability": {"aws_lambda_powertools"},
}
"""Which part may use what of the layer's other packages."""

OF_THE_COMMAND_LINE = {"layers/onboarding/onboarding/adapters/mail/signatures.py": "dkim"}
"""Modules that need a package which the layer does not hold; only ``xes`` may load them."""

OF_FUNCTIONS = {
    "bootstrap",
    "usecases",
    "domain",
    "ports",
    "port_errors",
    "contracts",
    "http",
    "observability",
    "invocation",
}
FORBIDDEN = ("local", "xes", "functions", "boto3", "aws_xray_sdk")
ENVIRONMENT_READERS = {"layers/onboarding/onboarding/bootstrap.py"}
"""Hands ``os.environ`` to ``Settings.from_env`` when a ``Bootstrap`` is made, not at import."""


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, or a name from one: ``onboarding.domain.names``."""

    file: Path
    line: int
    module: str

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    @property
    def part(self) -> str:
        """The part of our package: ``domain`` of ``onboarding.domain.names``."""
        return ".".join(self.module.split(".")[1:2])

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.module}"


def sources(*folders: str) -> list[Path]:
    found = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    assert found, f"no sources in {folders}: this test would pass for nothing"
    return found


def imports(file: Path) -> Iterator[Import]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno} imports relatively"
            for alias in node.names:
                yield Import(file, node.lineno, f"{node.module}.{alias.name}")


def part_of(file: Path) -> str:
    """``domain`` for every file in ``onboarding/domain``, ``ports`` for ``ports.py``."""
    return file.relative_to(PACKAGE / "onboarding").parts[0].removesuffix(".py")


ONBOARDING = [
    file for file in sources("layers/onboarding/onboarding") if part_of(file) != "__init__"
]


def test_every_part_of_the_package_has_a_rule() -> None:
    assert {part_of(file) for file in ONBOARDING} == set(ALLOWED)


@pytest.mark.parametrize("part", ALLOWED)
def test_imports_run_one_way(part: str) -> None:
    broken = [
        str(found)
        for file in ONBOARDING
        if part_of(file) == part
        for found in imports(file)
        if not _is_allowed(found, part)
    ]
    assert broken == []


def _is_allowed(found: Import, part: str) -> bool:
    if found.top == "onboarding":
        return found.part in ALLOWED[part]
    if found.top == OF_THE_COMMAND_LINE.get(found.file.relative_to(ROOT).as_posix()):
        return True
    return found.top in sys.stdlib_module_names or found.top in LIBRARIES.get(part, ())


def test_nothing_that_runs_in_lambda_makes_the_protocols() -> None:
    """They are for the type checker; making them all takes a function a twentieth of its start."""
    broken = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in (*ONBOARDING, *sources("functions"))
        for node in _at_run_time(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "onboarding.ports"
    ]
    assert broken == []


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from _at_run_time(node)


def test_no_function_loads_what_only_the_command_line_has() -> None:
    """Whoever imports such a module is one itself, and stands neither in a function nor in what
    functions are made of."""
    needing = {_module(ROOT / name) for name in OF_THE_COMMAND_LINE}
    files = {file: list(imports(file)) for file in (*ONBOARDING, *sources("functions"))}
    for _ in files:
        found = {
            _module(file)
            for file, all_of_it in files.items()
            if any(f"{each.module}.".startswith(f"{m}.") for each in all_of_it for m in needing)
        }
        if found <= needing:
            break
        needing |= found
    assert needing == {"onboarding.adapters.mail.signatures", "onboarding.adapters.mail.review"}


def _module(file: Path) -> str:
    below = PACKAGE if file.is_relative_to(PACKAGE) else ROOT
    return ".".join(file.relative_to(below).with_suffix("").parts)


def test_functions_import_the_edges_the_use_cases_and_the_domain_alone() -> None:
    broken = [
        str(found)
        for file in sources("functions")
        for found in imports(file)
        if not (found.top == "onboarding" and found.part in OF_FUNCTIONS)
        and found.top not in sys.stdlib_module_names
    ]
    assert broken == []


def test_nothing_that_runs_in_lambda_imports_what_is_not_there_or_patches_the_sdk() -> None:
    broken = [
        str(found)
        for file in sources("layers/onboarding/onboarding", "functions")
        for found in imports(file)
        if found.top in FORBIDDEN or found.module.endswith(".Tracer")
    ]
    assert broken == []


def test_the_environment_is_read_in_one_place_and_not_at_import() -> None:
    broken = []
    for file in sources("layers/onboarding/onboarding", "functions"):
        tree = ast.parse(file.read_text())
        at_import = set(_at_import(tree))
        for node in ast.walk(tree):
            if _reads_environment(node):
                name = file.relative_to(ROOT).as_posix()
                if name not in ENVIRONMENT_READERS or node in at_import:
                    broken.append(f"{name}:{getattr(node, 'lineno', 0)}")
    assert broken == []


def test_clients_are_made_by_functions_not_by_imports() -> None:
    broken = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in sources("layers/onboarding/onboarding")
        for node in _at_import(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and _called(node) in CONSTRUCTORS
    ]
    assert broken == []


CONSTRUCTORS = {
    "client",
    "create_client",
    "resource",
    "Session",
    "Bootstrap",
    "PublicNameRules",
    "PublicSuffixList",
    "Environment",
}
"""What costs a start, or reads the world, and so is made where it is asked for."""


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in {"environ", "environb", "getenv"}
    return isinstance(node, ast.alias) and node.name in {"environ", "environb", "getenv"}


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: defaults and decorators, not bodies."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*child.decorator_list, child.args):
                yield from _at_import(part)
                yield part
        elif isinstance(child, ast.Lambda):
            yield from _at_import(child.args)
        else:
            yield child
            yield from _at_import(child)
