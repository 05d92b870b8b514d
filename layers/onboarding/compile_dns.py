"""Compile the modules that every DNS query passes through, in a copy of the package, with mypyc.

    python compile_dns.py FOLDER

FOLDER holds the copy of `onboarding`. The compiled modules are put beside their sources there, and
Python prefers them; they behave as the sources do, at seven tenths of the cost (docs/decisions.md).
Never done in the working tree, where a compiled module would hide an edited source.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path("onboarding", "adapters", "dns")
MODULES = (
    "asking", "channel", "dispatch", "job", "memory", "outcomes", "query", "sinks", "sockets",
    "wire",
)  # fmt: skip
"""All that a query passes through. `engine`, an asynchronous generator, mypyc cannot compile; the
others run once a domain at most."""


class CompileError(Exception):
    """mypyc or the C compiler has failed; what they printed."""


def obstacle() -> str | None:
    """Why nothing can be compiled on this machine, if that is so."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler ({compiler})"
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        return "Python's header files are missing (python3-dev)"
    missing = [name for name in ("mypyc", "setuptools") if not importlib.util.find_spec(name)]
    return f"{missing[0]} is not installed" if missing else None


def compile_in(folder: Path) -> None:
    """Compile the copy in a folder, for the Python that runs this. Takes about half a minute, in
    a folder of its own, so that nothing but the compiled modules is left. Raises CompileError."""
    with tempfile.TemporaryDirectory(prefix="compile-dns-") as temporary:
        build = Path(temporary)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(folder / "onboarding", build / "onboarding", ignore=ignored)
        sources = [str(PACKAGE / f"{module}.py") for module in MODULES]
        done = subprocess.run(
            [sys.executable, "-m", "mypyc", "--cache-dir", os.devnull, *sources],
            cwd=build,
            env={**os.environ, "MYPYC_DEBUG_LEVEL": "0"},
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode != 0:
            raise CompileError(done.stdout)
        for file in compiled_in(build):
            shutil.copy(file, folder / file.relative_to(build))


def compiled_in(folder: Path) -> Iterator[Path]:
    """One file with all the code, and for each module one that leads there."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    yield from folder.glob(f"*__mypyc{suffix}")
    yield from (folder / PACKAGE).glob(f"*{suffix}")


def main() -> None:
    found = obstacle()
    if found is not None:
        sys.exit(f"compile_dns: {found}")
    compile_in(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
