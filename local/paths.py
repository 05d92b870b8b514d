"""Where the local world keeps its things, and where its tools are."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The project's own folder: the template and the layer are there."""


def world_dir() -> Path:
    """``XES_LOCAL_DIR``, or ``.local`` in the project's folder."""
    return Path(os.environ.get("XES_LOCAL_DIR", ROOT / ".local")).resolve()


def tool(name: str, environment: str) -> Path:
    """A program of one of the tool environments that ``make setup`` lays out.

    ``sam`` and the embedded AWS have environments of their own: their dependencies disagree with
    ours, and a function must see only what its layer brings.
    """
    override = os.environ.get(f"XES_{environment.upper()}_BIN")
    folder = Path(override) if override else ROOT / ".tools" / environment / "bin"
    path = folder / name
    if not path.exists():
        raise SystemExit(f"{path} is missing: run `make setup` first.")
    return path


def own_python() -> str:
    return sys.executable
