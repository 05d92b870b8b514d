"""Build a layer of the functions: pinned dependencies, compiled and trimmed.

    python build_layer.py onboarding|papers FOLDER

`onboarding` is what all functions share, our package among it; `papers` is what only those need
that print signed documents, and is larger than all the rest.

Called by ``sam build`` through the Makefile beside it. The target is Lambda (arm64, the runtime of
the template) unless ``XES_LAYER_TARGET=local`` asks for this machine's own Python, which is what
the embedded AWS runs functions with.
"""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import compile_dns
import sdk_data

RUNTIME = "3.14"
LAMBDA_PLATFORM = "aarch64-manylinux_2_28"
"""The runtime is Amazon Linux 2023 with glibc 2.34: wheels for 2.28, as Pillow has, run there."""
LAMBDA_MACHINE = f"Python {RUNTIME} on Linux aarch64"
LAMBDA_GLIBC = (2, 34)


HERE = Path(__file__).parent


def main(layer: str, artifacts: Path) -> None:
    local = os.environ.get("XES_LAYER_TARGET") == "local"
    target = artifacts / "python"
    match layer:
        case "onboarding":
            onboarding(target, local=local)
        case "papers":
            papers(target, local=local)
        case _:
            raise SystemExit(f"There is no layer {layer!r}: onboarding or papers.")
    compile_all(target, interpreter(local=local))
    if local:
        lighten(target)


def onboarding(target: Path, *, local: bool) -> None:
    install(target, HERE / "requirements.txt", local=local)
    shutil.copytree(
        HERE / "onboarding",
        target / "onboarding",
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    sdk_data.trim(target / "botocore" / "data")
    remove(target, UNUSED)
    if not local:
        quicken_dns(target)


def papers(target: Path, *, local: bool) -> None:
    install(target, HERE / "requirements-papers.txt", local=local)
    for font in (target / "fontpkg_fira_sans" / "files").iterdir():
        if font.name not in FONTS:
            font.unlink()
    remove(target, UNUSED_IN_PAPERS)


def install(target: Path, requirements: Path, *, local: bool) -> None:
    """Wheels only: a source build would be for this machine, not for Lambda's.

    From uv's cache where it has them all, as it has after ``make setup``: then a local world starts
    without a network.
    """
    where = [] if local else ["--python-version", RUNTIME, "--python-platform", LAMBDA_PLATFORM]
    command = (
        uv(), "pip", "install", "--quiet", "--target", str(target), "--only-binary", ":all:",
        "--require-hashes", "--no-deps", "--link-mode", "copy", *where, "-r", str(requirements),
    )  # fmt: skip
    cached = subprocess.run([*command, "--offline"], capture_output=True, check=False)
    if cached.returncode != 0:
        run(*command)


FONTS = ("FiraSans-Regular.ttf", "FiraSans-Bold.ttf")
"""Of eighteen weights, those that signed documents are printed in."""

UNUSED = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/middleware_factory",
    "aws_lambda_powertools/utilities/[!_j]*",
)
"""Of Powertools all but its logger, and what that imports."""

UNUSED_IN_PAPERS = (
    "PIL/_avif*",
    "PIL/_imagingft*",
    "pillow.libs/libavif*",
    "pillow.libs/libfreetype*",
    "pillow.libs/libharfbuzz*",
)
"""Of Pillow, which ReportLab wants for pictures: our papers have none."""


def remove(target: Path, patterns: Iterable[str]) -> None:
    """Removes from the layer what matches, and what the installer left behind."""
    for pattern in (*patterns, "bin", ".lock"):
        for path in target.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def lighten(target: Path) -> None:
    """Leaves out what nothing on this machine reads: others' sources, compiled by the very Python
    that will run them, and the notes of their installation. The embedded AWS unpacks the layer anew
    for every worker that it starts, one file after another.

    Not for Lambda: its scanners read those notes, and its Python is not the one at hand.
    """
    for notes in target.glob("*.dist-info"):
        shutil.rmtree(notes)
    for source in target.rglob("*.py"):
        if source.relative_to(target).parts[0] == "onboarding":
            continue
        Path(importlib.util.cache_from_source(str(source))).replace(source.with_suffix(".pyc"))
        source.unlink()
    for cache in [folder for folder in target.rglob("__pycache__") if not any(folder.iterdir())]:
        cache.rmdir()


def quicken_dns(target: Path) -> None:
    """Compile the DNS engine to machine code, where this machine can do that for Lambda's. Without
    it the layer does the same, and a check of many domains costs four tenths more."""
    problem = unlike_lambda() or compile_dns.obstacle()
    if problem is None:
        compile_dns.compile_in(target)
        problem = beyond_glibc(target)
    if problem is not None:
        print(f"NOTE: the DNS engine stays pure Python: {problem}.", file=sys.stderr)


def unlike_lambda() -> str | None:
    """How this machine differs from Lambda's in what a compiled module depends on."""
    version = ".".join(platform.python_version_tuple()[:2])
    here = f"Python {version} on {platform.system()} {platform.machine()}"
    return None if here == LAMBDA_MACHINE else f"this is {here}, the functions' {LAMBDA_MACHINE}"


def beyond_glibc(target: Path) -> str | None:
    """Removes compiled modules that want a newer C library than Lambda's, and says so."""
    files = list(compile_dns.compiled_in(target))
    found = re.findall(rb"GLIBC_(\d+)\.(\d+)", b"".join(file.read_bytes() for file in files))
    wanted = max(((int(major), int(minor)) for major, minor in found), default=(0, 0))
    if wanted <= LAMBDA_GLIBC:
        return None
    for file in files:
        file.unlink()
    has = "{}.{}".format(*LAMBDA_GLIBC)
    return "compiled here it wants glibc {}.{}, and Lambda has {}".format(*wanted, has)


def interpreter(*, local: bool) -> str | None:
    if local:
        return sys.executable
    found = subprocess.run(
        [uv(), "python", "find", "--no-project", RUNTIME],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or None


def compile_all(target: Path, python: str | None) -> None:
    """Compiled files halve a function's start; unchecked ones, since zipping changes every mtime
    and a stale file would be compiled anew at each start."""
    if python is None:
        print(
            f"WARNING: no Python {RUNTIME} here, so the layer is not compiled: functions start "
            f"about twice as slowly. Install it (`uv python install {RUNTIME}`) and build again.",
            file=sys.stderr,
        )
        return
    run(
        python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash",
        # Paths as they are in Lambda, so that tracebacks name files that exist there.
        "-s", str(target), "-p", "/opt/python", str(target),
    )  # fmt: skip


def uv() -> str:
    found = os.environ.get("UV") or shutil.which("uv")
    if found is None:
        raise SystemExit(
            "uv is needed to build the layer: set UV to its path, or run `make setup`."
        )
    return found


def run(*command: str) -> None:
    environment = {
        # The certificates that the machine trusts: some networks add one of their own.
        "UV_SYSTEM_CERTS": "1",
        "UV_NATIVE_TLS": "1",
        **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
    }
    subprocess.run(command, check=True, env=environment)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
