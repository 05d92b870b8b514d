"""A plugin for pytest that ends the run unless the DNS engine under test is the compiled one."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import compile_dns


def pytest_sessionstart() -> None:
    for module in compile_dns.MODULES:
        name = ".".join((*compile_dns.PACKAGE.parts, module))
        file = importlib.import_module(name).__file__
        if file is None or Path(file).suffix == ".py":
            pytest.exit(f"{name} is not compiled: {file}", returncode=pytest.ExitCode.USAGE_ERROR)
