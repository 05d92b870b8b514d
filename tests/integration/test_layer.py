"""The layers as they are built: compiled, lean, and enough for every function."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import compile_dns
import sdk_data
from bench.template import functions, own_layers

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "layers" / "onboarding" / "build_layer.py"
UNCHECKED_HASH = 0b01
AARCH64 = 183
"""``e_machine`` of an ELF file (System V ABI)."""


def build(layer: str, target: Path, **environment: str) -> str:
    """Builds a layer; what it said on stderr."""
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [sys.executable, str(BUILD), layer, str(target)],
        env={**os.environ, "UV": str(uv), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def local_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("local")
    build("onboarding", target, XES_LAYER_TARGET="local")
    return target / "python"


@pytest.fixture(scope="module")
def local_papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("papers")
    build("papers", target, XES_LAYER_TARGET="local")
    return target / "python"


@pytest.fixture(scope="module")
def lambda_build(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Built where no Python of Lambda's version is at hand, with what was said about it."""
    target = tmp_path_factory.mktemp("lambda")
    only = tmp_path_factory.mktemp("bin")
    (only / "python3").symlink_to(sys.executable)
    said = build(
        "onboarding",
        target,
        XES_LAYER_TARGET="",
        PATH=str(only),
        UV_PYTHON_INSTALL_DIR=str(only / "none"),
        UV_PYTHON_DOWNLOADS="never",
    )
    return target / "python", said


def isolated(code: str, *path: Path, environment: dict[str, str]) -> str:
    """What ``code`` prints in a fresh process that sees the standard library and ``path``."""
    folders = [str(folder) for folder in path]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", f"import sys; sys.path[:0] = {folders!r}\n{code}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


PRINT = """
from datetime import UTC, datetime
from onboarding.adapters.document_texts import TemplateTexts
from onboarding.adapters.papers import LazyPapers
from onboarding.domain.document import Facts, How, IssuedDocument, Signature, Signer
now = datetime(2026, 11, 23, tzinfo=UTC)
facts = Facts("RD-1", "example.com", "bounce.example.com", "acme", now)
text = TemplateTexts().write(facts, "1")
signature = Signature(Signer("Zoë Παπά", "owner"), now, How.PAGE)
document = IssuedDocument(facts, "req_1", "1", text, now).signed(signature)
print(LazyPapers().print(document)[:5])
"""


def test_a_signed_document_is_printed_with_the_two_layers_alone(
    local_layer: Path, local_papers: Path
) -> None:
    assert isolated(PRINT, local_layer, local_papers, environment={}).strip() == "b'%PDF-'"
    fonts = {file.name for file in (local_papers / "fontpkg_fira_sans" / "files").iterdir()}
    assert fonts == {"FiraSans-Regular.ttf", "FiraSans-Bold.ttf"}
    assert not (local_layer / "reportlab").exists()


def test_the_functions_that_print_papers_and_no_others_have_the_layer_for_it() -> None:
    for name, layers in own_layers().items():
        prints = "app.papers" in (ROOT / "functions" / name / "app.py").read_text()
        assert layers == (["PapersLayer"] if prints else []), name


def test_every_source_of_ours_is_compiled_and_never_held_against_its_time(
    local_layer: Path,
) -> None:
    sources = list(local_layer.rglob("*.py"))
    compiled = [Path(importlib.util.cache_from_source(str(file))) for file in sources]
    assert {file.relative_to(local_layer).parts[0] for file in sources} == {"onboarding"}
    assert len(sources) > 300
    assert [file for file in compiled if not file.is_file()] == []
    assert [file for file in compiled if _flags(file) != UNCHECKED_HASH] == []


def test_for_this_machine_others_packages_are_compiled_files_alone(
    local_layer: Path, local_papers: Path
) -> None:
    for layer in (local_layer, local_papers):
        others = [
            file
            for file in layer.rglob("*")
            if file.is_file() and file.relative_to(layer).parts[0] != "onboarding"
        ]
        compiled = [file for file in others if file.suffix == ".pyc"]
        assert len(compiled) > 100
        assert [file for file in compiled if _flags(file) != UNCHECKED_HASH] == []
        assert [file for file in others if file.suffix == ".py"] == []


def _flags(compiled: Path) -> int:
    """The bit field behind the magic number of a .pyc (PEP 552)."""
    return int.from_bytes(compiled.read_bytes()[4:8], "little")


def test_the_sdk_knows_the_operations_that_are_called_and_no_others(local_layer: Path) -> None:
    data = local_layer / "botocore" / "data"
    kept = {
        model.parts[-3]: tuple(json.loads(model.read_text())["operations"])
        for model in data.glob("*/*/service-2.json")
    }
    assert kept == sdk_data.OPERATIONS
    assert {entry.name for entry in data.iterdir() if entry.is_dir()} == set(sdk_data.OPERATIONS)
    assert list(data.rglob("paginators*")) + list(data.rglob("waiters*")) == []


def test_the_lean_sdk_knows_the_same_endpoints_and_regions_as_the_whole_one(
    local_layer: Path,
) -> None:
    code = (
        "from botocore.session import Session\n"
        "session = Session()\n"
        f"for service in {sorted(sdk_data.OPERATIONS)}:\n"
        "    print(service, session.get_available_regions(service))\n"
        "    for region in ('eu-west-1', 'us-east-1', 'cn-north-1', 'us-gov-west-1'):\n"
        "        meta = session.create_client(service, region_name=region).meta\n"
        "        print(meta.endpoint_url, meta.partition)"
    )
    credentials = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
    whole = subprocess.run(
        [sys.executable, "-c", code], env=credentials, capture_output=True, text=True, check=True
    )
    assert isolated(code, local_layer, environment=credentials) == whole.stdout
    assert whole.stdout.count("https://") == 4 * len(sdk_data.OPERATIONS)
    assert whole.stdout.count("'eu-west-1'") == len(sdk_data.OPERATIONS)


@pytest.mark.parametrize(("name", "environment"), list(functions()))
def test_a_function_starts_with_nothing_but_the_layer(
    name: str, environment: dict[str, str], local_layer: Path
) -> None:
    code = "import app; print(callable(app.handler), app.__file__)"
    folder = ROOT / "functions" / name
    said = isolated(code, folder, local_layer, environment=environment)
    assert said.split() == ["True", str(folder / "app.py")]


def test_no_function_loads_the_whole_of_boto3(local_layer: Path) -> None:
    assert not (local_layer / "boto3").exists()


def test_the_layer_for_lambda_is_built_without_its_python_and_says_what_that_costs(
    lambda_build: tuple[Path, str],
) -> None:
    layer, said = lambda_build
    assert "WARNING: no Python 3.14 here, so the layer is not compiled" in said
    assert (layer / "onboarding" / "bootstrap.py").is_file()
    assert (layer / "jinja2" / "environment.py").is_file()
    assert list(layer.glob("botocore-*.dist-info"))
    assert list(layer.rglob("*.pyc")) == []


def test_the_layer_says_in_one_line_why_the_dns_engine_is_not_compiled(
    lambda_build: tuple[Path, str], local_layer: Path
) -> None:
    layer, said = lambda_build
    here = f"Python {sys.version_info.major}.{sys.version_info.minor} on "
    assert f"NOTE: the DNS engine stays pure Python: this is {here}" in said
    assert list(compile_dns.compiled_in(layer)) == list(compile_dns.compiled_in(local_layer)) == []


def test_the_layer_for_lambda_holds_code_for_its_processor(
    lambda_build: tuple[Path, str],
) -> None:
    libraries = list(lambda_build[0].rglob("*.so"))
    assert any(file.name.startswith("_pydantic_core.cpython-314-aarch64") for file in libraries)
    assert {_machine(file) for file in libraries} == {AARCH64}


def _machine(library: Path) -> int:
    return int.from_bytes(library.read_bytes()[18:20], "little")
