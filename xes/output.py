"""What commands print, and the exit codes that scripts rely on."""

import json
import sys
from enum import IntEnum
from typing import Any, NoReturn

import typer
from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Exit(IntEnum):
    """0 done, 1 the answer is no, 2 wrong use, 3 could not find out."""

    DONE = 0
    NO = 1
    WRONG_USE = 2
    UNKNOWN = 3


def print_json(value: Any) -> None:
    """One JSON document on standard output, nothing else."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def stop(code: Exit, message: str) -> NoReturn:
    """Say why on standard error, and end with ``code``."""
    err.print(message, markup=False)
    raise typer.Exit(code)
