"""What commands print, and the exit codes that scripts rely on.

JSON is ASCII: it says all the same, and standard output need not be UTF-8.
"""

import json
import os
import sys
from enum import IntEnum
from io import TextIOWrapper
from typing import Any, Final, NoReturn, TextIO

import typer
from rich.console import Console

WIDTH_OF_A_PIPE: Final = 240
"""Columns. What goes into a file or another program has no width; rich would cut it at 80."""


def print_anywhere() -> None:
    """Escape what standard output cannot encode, as standard error does, rather than fail."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _width(stream: TextIO) -> int | None:
    """That of the terminal (none), or of what is no terminal."""
    return None if stream.isatty() or "COLUMNS" in os.environ else WIDTH_OF_A_PIPE


out = Console(highlight=False, soft_wrap=True, width=_width(sys.stdout))
err = Console(stderr=True, highlight=False, soft_wrap=True, width=_width(sys.stderr))


class Exit(IntEnum):
    """0 done, 1 the answer is no, 2 wrong use, 3 could not find out."""

    DONE = 0
    NO = 1
    WRONG_USE = 2
    UNKNOWN = 3


def print_json(value: Any) -> None:
    """One JSON document on standard output, nothing else."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def print_json_line(value: Any) -> None:
    """One JSON document on one line, for whoever reads the lines as they come."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def stop(code: Exit, message: str) -> NoReturn:
    """Say why on standard error, and end with ``code``."""
    err.print(message, markup=False)
    raise typer.Exit(code)
