"""Build the layer that all functions share: pinned dependencies, our package, compiled and trimmed.

Called by ``sam build`` through the Makefile beside it. The target is Lambda (arm64, the runtime of
the template) unless ``XES_LAYER_TARGET=local`` asks for this machine's own Python, which is what
the embedded AWS runs functions with.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import compile_dns
import sdk_data

RUNTIME = "3.14"
LAMBDA_PLATFORM = "aarch64-manylinux_2_28"
"""The runtime is Amazon Linux 2023 with glibc 2.34: wheels for 2.28, as Pillow has, run there."""
LAMBDA_MACHINE = f"Python {RUNTIME} on Linux aarch64"
LAMBDA_GLIBC = (2, 34)


def main(artifacts: Path) -> None:
    local = os.environ.get("XES_LAYER_TARGET") == "local"
    target = artifacts / "python"
    install(target, local=local)
    shutil.copytree(
        Path(__file__).parent / "onboarding",
        target / "onboarding",
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    trim(target)
    if not local:
        quicken_dns(target)
    compile_all(target, interpreter(local=local))


def install(target: Path, *, local: bool) -> None:
    """Wheels only: a source build would be for this machine, not for Lambda's.

    From uv's cache where it has them all, as it has after ``make setup``: then a local world starts
    without a network.
    """
    where = [] if local else ["--python-version", RUNTIME, "--python-platform", LAMBDA_PLATFORM]
    requirements = Path(__file__).parent / "requirements.txt"
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
    "PIL/_avif*",
    "PIL/_imagingft*",
    "pillow.libs/libavif*",
    "pillow.libs/libfreetype*",
    "pillow.libs/libharfbuzz*",
)
"""Of Pillow, which ReportLab wants for pictures: our papers have none."""


def trim(target: Path) -> None:
    sdk_data.trim(target / "botocore" / "data")
    for font in (target / "fontpkg_fira_sans" / "files").iterdir():
        if font.name not in FONTS:
            font.unlink()
    for pattern in UNUSED:
        for file in target.glob(pattern):
            file.unlink()
    for leftover in ("bin", ".lock"):
        path = target / leftover
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


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
    main(Path(sys.argv[1]))
