"""What all commands have in common."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from xes.__main__ import app


def commands(found: Any, name: str) -> Iterator[tuple[str, Any]]:
    if hasattr(found, "commands"):
        for each, inner in found.commands.items():
            yield from commands(inner, f"{name} {each}")
    else:
        yield name, found


EVERY = dict(commands(typer.main.get_command(app), "xes"))


def test_there_are_commands() -> None:
    assert {"xes check", "xes local demo", "xes flags"} <= EVERY.keys()


@pytest.mark.parametrize("name", EVERY)
def test_it_prints_json_for_programs(name: str) -> None:
    options = {option for parameter in EVERY[name].params for option in parameter.opts}
    assert "--json" in options


@pytest.mark.parametrize("name", EVERY)
def test_its_help_teaches(name: str) -> None:
    command = EVERY[name]
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", ""), f"{parameter.name} is not explained"
