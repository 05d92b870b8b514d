"""Compile the modules that every DNS query passes through, in a copy of the package, with mypyc.

    python compile_dns.py FOLDER

FOLDER holds a copy of `onboarding`; the compiled modules come to lie beside their sources there,
and Python prefers them. Never done in the working tree, where a compiled module would hide an
edited source. The modules behave the same either way, only the speed differs; see
docs/decisions.md.
"""

import importlib.util
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

MODULES = (
    "asking", "channel", "dispatch", "job", "memory", "outcomes", "query", "sinks", "sockets",
    "wire",
)  # fmt: skip
_PACKAGE = Path("onboarding/adapters/dns")


def obstacle() -> str | None:
    """Why nothing can be compiled on this machine, if that is so."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"no C compiler ({compiler})"
    for needed in ("mypyc", "setuptools"):
        if importlib.util.find_spec(needed) is None:
            return f"{needed} is not installed"
    return None


def libraries(folder: Path) -> list[Path]:
    """The compiled files that belong to a folder's copy."""
    return [*folder.glob("*__mypyc.*"), *(folder / _PACKAGE).glob("*.so")]


def main(folder: Path) -> None:
    from mypyc.build import mypycify
    from setuptools import setup

    sources = [str(_PACKAGE / f"{module}.py") for module in MODULES]
    with tempfile.TemporaryDirectory(prefix="compile-dns-") as temporary:
        made = str(Path(temporary) / "c")
        extensions = mypycify(
            ["--cache-dir=/dev/null", *sources],
            opt_level="3",
            debug_level="0",
            target_dir=made,
            group_name="onboarding_dns",
        )
        setup(
            name="onboarding-dns",
            ext_modules=extensions,
            script_args=["--quiet", "build_ext", "--inplace", "--build-temp", temporary],
        )


if __name__ == "__main__":
    import os

    os.chdir(sys.argv[1])
    main(Path(sys.argv[1]))
