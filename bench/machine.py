"""What every benchmark says of where it ran."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine(*packages: str) -> dict[str, str]:
    """The machine, the interpreter, and the versions of these packages."""
    return {
        "cpu": _cpu(),
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": platform.python_version(),
    } | {package: version(package) for package in packages}


def in_one_line(facts: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
